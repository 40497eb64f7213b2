"""Turn a file of root certificates into a folder of which OpenSSL reads only the root that it needs.

    roots.py FILE FOLDER

OpenSSL reads the whole file before it trusts one root, which takes 14 ms of a cold start. In a folder it looks for one
file, by a hash of the subject's name (`X509_NAME_hash`, the manual page of `openssl-rehash`).
"""

from __future__ import annotations

import hashlib
import re
import ssl
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

# ASN.1 tags. The texts that OpenSSL compares regardless of case and spaces, each with its encoding.
_TEXTS = {
    0x0C: "utf-8",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
_UTF8, _SEQUENCE, _SET, _VERSION = 0x0C, 0x30, 0x31, 0xA0
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def unfold(pem: str, folder: Path) -> None:
    """Write one file for each certificate. Those whose subjects have the same hash are numbered."""
    folder.mkdir(exist_ok=True)
    seen: Counter[str] = Counter()
    for certificate in _CERTIFICATE.findall(pem):
        name = subject_hash(ssl.PEM_cert_to_DER_cert(certificate))
        (folder / f"{name}.{seen[name]}").write_text(certificate + "\n")
        seen[name] += 1


def subject_hash(certificate: bytes) -> str:
    """Of a certificate in DER, as OpenSSL names its file: eight hexadecimal digits."""
    ((_, signed),) = _elements(certificate)
    fields = [each for each in _elements(next(_elements(signed))[1]) if each[0] != _VERSION]
    _serial, _algorithm, _issuer, _validity, (_, subject), *_ = fields
    canonical = b"".join(_encoded(_SET, _attributes(each)) for _, each in _elements(subject))
    return hashlib.sha1(canonical, usedforsecurity=False).digest()[3::-1].hex()


def _attributes(names: bytes) -> bytes:
    """The parts of one relative name, in the order of DER."""
    return b"".join(sorted(_encoded(_SEQUENCE, _attribute(each)) for _, each in _elements(names)))


def _attribute(content: bytes) -> bytes:
    (kind, identifier), (tag, value) = _elements(content)
    if tag in _TEXTS:
        # bytes.lower() and bytes.split() know ASCII alone, as OpenSSL does here.
        tag, value = _UTF8, b" ".join(value.decode(_TEXTS[tag]).encode().lower().split())
    return _encoded(kind, identifier) + _encoded(tag, value)


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Tags and contents of the elements that follow one another."""
    at = 0
    while at < len(content):
        tag, length = content[at], content[at + 1]
        at += 2
        if length & 0x80:
            more = length & 0x7F
            length = int.from_bytes(content[at : at + more])
            at += more
        yield tag, content[at : at + length]
        at += length


def _encoded(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size) + content


if __name__ == "__main__":
    unfold(Path(sys.argv[1]).read_text(), Path(sys.argv[2]))
