"""Receipts are signed such that the library everybody uses takes them, and no other."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from customers.domain.erasure.jws import jwk_of, signed, unsigned


def test_a_receipt_is_verified_by_the_public_key_and_by_no_other() -> None:
    for _ in range(20):
        key = ec.generate_private_key(ec.SECP256R1())
        spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        jwk = jwk_of(spki)
        text = unsigned({"erasure_id": "era_1", "name": "ليلى"}, jwk["kid"])
        receipt = signed(text, *decode_dss_signature(key.sign(text.encode(), ec.ECDSA(SHA256()))))
        public = jwt.PyJWK(json.loads(json.dumps(jwk)))
        assert jwt.get_unverified_header(receipt) == {"alg": "ES256", "kid": jwk["kid"]}
        assert jwt.decode(receipt, public, algorithms=["ES256"]) == {"erasure_id": "era_1", "name": "ليلى"}
        other = ec.generate_private_key(ec.SECP256R1()).public_key()
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(receipt, other, algorithms=["ES256"])


def test_the_same_receipt_has_the_same_bytes_wherever_it_is_made() -> None:
    """Sorted keys, no spaces, and letters as themselves."""
    payload = '{"erasure_id":"era_1","name":"ليلى"}'
    encoded = urlsafe_b64encode(payload.encode()).rstrip(b"=").decode()
    assert unsigned({"name": "ليلى", "erasure_id": "era_1"}, "k").split(".")[1] == encoded
