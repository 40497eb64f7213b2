"""A receipt is verified offline: by the published key, and by nothing that only claims to be it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from admin.erasure.verify_receipt import main
from customers.domain.erasure.jws import jwk_of, signed, unsigned

RECEIPT = {
    "type": "erasure-receipt",
    "erasure_id": "era_1",
    "outcome": "anonymized",
    "erased_at": "2026-06-05T09:20:00Z",
    "swept_at": "2026-06-05T09:45:00Z",
    "stores": {"events": {"scrubbed": {"count": 3, "print": "ab"}}},
}


class Signer:
    """A key, as KMS would hold it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.jwk = jwk_of(public)

    def sign(self, told: dict[str, Any]) -> str:
        text = unsigned(told, self.jwk["kid"])
        return signed(text, *decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(SHA256()))))


@pytest.fixture
def signer() -> Signer:
    return Signer()


def write(folder: Path, name: str, told: Any) -> str:
    file = folder / name
    file.write_text(told if isinstance(told, str) else json.dumps(told))
    return str(file)


def test_a_true_receipt_is_verified_and_told(
    tmp_path: Path, signer: Signer, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, "r.json", {"receipt": RECEIPT, "signed": signer.sign(RECEIPT), "keys": [signer.jwk]})
    keys = write(tmp_path, "c.json", {"ok": True, "data": {"erasure_receipt_keys": [Signer().jwk, signer.jwk]}})
    assert main([file, "--keys", keys]) == 0
    told = capsys.readouterr().out
    assert "era_1, anonymized" in told
    assert "events: 3 scrubbed" in told
    # As GET /erasures/{id} answers.
    answer = {"ok": True, "data": {"erasure": {}, "receipt": RECEIPT, "signed": signer.sign(RECEIPT)}}
    assert main([write(tmp_path, "a.json", answer), "--keys", keys]) == 0
    answer["data"] = {**answer["data"], "receipt": {**RECEIPT, "outcome": "hard_deleted"}}  # type: ignore[dict-item]
    assert main([write(tmp_path, "a.json", answer), "--keys", keys]) == 1
    assert main([write(tmp_path, "a.json", {"data": {"receipt": None, "signed": None}}), "--keys", keys]) == 1
    assert "came with the file itself" not in told
    assert main([file]) == 0
    assert "which came with the file itself" in capsys.readouterr().out


def test_what_was_not_signed_so_is_refused(tmp_path: Path, signer: Signer) -> None:
    true: dict[str, Any] = {"receipt": RECEIPT, "signed": signer.sign(RECEIPT), "keys": [signer.jwk]}
    other = {**RECEIPT, "outcome": "hard_deleted"}
    forged = {**signer.jwk, **{name: Signer().jwk[name] for name in ("x", "y")}}
    false: list[Any] = [
        {**true, "receipt": other},
        {**true, "signed": true["signed"][:-4] + "AAAA"},
        {**true, "signed": unsigned(other, signer.jwk["kid"]) + "." + str(true["signed"]).rpartition(".")[2]},
        {**true, "keys": [Signer().jwk]},
        {**true, "keys": [forged]},
        {"receipt": RECEIPT},
        [],
        "no JSON",
    ]
    for number, told in enumerate(false):
        assert main([write(tmp_path, f"{number}.json", told)]) == 1, told
    assert main([str(tmp_path / "missing.json")]) == 1
