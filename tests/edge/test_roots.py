"""The folder of roots that the layer has: OpenSSL finds each root in it, and a function trusts by it."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type
from hypothesis import given
from hypothesis import strategies as st
from roots import unfold

from bench.certificates import certificate
from customers import tls

KEY = ec.generate_private_key(ec.SECP256R1())
NOW = datetime.now(UTC)
PRINTABLE = st.text(st.sampled_from(" aBzZ09'()+,-./:=?"), min_size=1, max_size=40)
TEXT = st.text(st.sampled_from(" \t\n\vaZéÉÄßİπ東ابج\U0001f600"), min_size=1, max_size=40)
KINDS = {
    _ASN1Type.UTF8String: TEXT,
    _ASN1Type.PrintableString: PRINTABLE,
    _ASN1Type.IA5String: PRINTABLE,
    _ASN1Type.BMPString: st.text(st.sampled_from(" aZéÉπ東ا"), min_size=1, max_size=20),
}
OIDS = (x509.NameOID.ORGANIZATION_NAME, x509.NameOID.ORGANIZATIONAL_UNIT_NAME, x509.NameOID.COMMON_NAME)
ATTRIBUTES = st.sampled_from(OIDS).flatmap(
    lambda oid: st.sampled_from(list(KINDS)).flatmap(
        lambda kind: KINDS[kind].map(lambda text: x509.NameAttribute(oid, text, kind, _validate=False))
    )
)
RELATIVE = st.lists(ATTRIBUTES, min_size=1, max_size=3, unique_by=lambda each: each.oid).map(
    x509.RelativeDistinguishedName
)


def signed_by_itself(name: x509.Name, key: ec.EllipticCurvePrivateKey = KEY) -> str:
    """The certificate and its key, in PEM."""
    public = key.public_key()
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(hours=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("keys.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(*(each in (0, 5) for each in range(9))), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
    return (made.public_bytes(encoding) + private).decode()


def is_trusted(folder: Path, pem: str) -> bool:
    """Whether a client that trusts the folder goes through a handshake with a server that shows the certificate."""
    shown = folder.parent / "shown.pem"
    shown.write_text(pem)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(shown)
    sent, answered = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context(capath=str(folder)).wrap_bio(answered, sent, server_hostname="keys.example")
    server = serving.wrap_bio(sent, answered, server_side=True)
    for _ in range(4):
        for each in (client, server):
            try:
                each.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError:
                return False
            else:
                if each is client:
                    return True
    raise AssertionError("the handshake does not end")


@pytest.mark.property
@given(relatives=st.lists(RELATIVE, min_size=1, max_size=4))
def test_openssl_finds_a_root_of_any_name(
    relatives: list[x509.RelativeDistinguishedName], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("roots") / "roots"
    pem = signed_by_itself(x509.Name(relatives))
    unfold(f"# The name of a root, as certifi writes it\n{pem}", folder)
    assert is_trusted(folder, pem)


def test_a_root_of_the_same_name_stands_beside_the_other(tmp_path: Path) -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Example Root")])
    alike = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "EXAMPLE  root ")])
    mine, other = signed_by_itself(name), signed_by_itself(alike, ec.generate_private_key(ec.SECP256R1()))
    unfold(mine + other, tmp_path / "roots")
    assert {each.suffix for each in (tmp_path / "roots").iterdir()} == {".0", ".1"}
    assert is_trusted(tmp_path / "roots", mine)
    assert is_trusted(tmp_path / "roots", other)


def test_a_server_of_none_of_the_roots_is_not_trusted(tmp_path: Path) -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Example Root")])
    unfold(certificate("127.0.0.1").decode(), tmp_path / "roots")
    assert not is_trusted(tmp_path / "roots", signed_by_itself(name))


def test_every_root_of_certifi_has_its_file(tmp_path: Path) -> None:
    pem = Path(certifi.where()).read_text()
    unfold(pem, tmp_path)
    kept = sorted(ssl.PEM_cert_to_DER_cert(each.read_text()) for each in tmp_path.iterdir())
    every = ssl.create_default_context(cafile=certifi.where()).get_ca_certs(binary_form=True)
    assert kept == sorted(every)
    assert len(kept) > 100


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The layer's folder, with the certificate of this machine in it."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    unfold(certificate("127.0.0.1").decode(), tmp_path / "roots")
    monkeypatch.setattr(tls, "_ROOTS", str(tmp_path / "roots"))
    return tmp_path / "roots"


def roots_read() -> int:
    return tls.tls_context.__wrapped__().cert_store_stats()["x509_ca"]


def test_no_root_is_read_before_a_server_needs_it(shipped: Path) -> None:
    assert roots_read() == 0


def test_a_file_that_openssls_variable_names_comes_first(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    assert roots_read() > 100


def test_without_the_layers_folder_the_systems_are_taken(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "_ROOTS", str(shipped / "none"))
    seen: list[ssl.Purpose] = []
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda _, purpose: seen.append(purpose))
    tls.tls_context.__wrapped__()
    assert seen == [ssl.Purpose.SERVER_AUTH]
