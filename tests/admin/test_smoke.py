"""The smoke test's own parts: whose tokens it takes, how it spells them, and what it expects of a template."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from admin.account import smoke_key
from admin.smoke import tokens
from admin.smoke.caller import Caller, Elsewhere, Failed, Reply, _bearer, _operation
from admin.smoke.ending import Ending
from admin.smoke.expected import UNKNOWN, Resolver
from admin.smoke.life import Life
from admin.smoke.refusals import later
from admin.smoke.smoke import carried_out
from admin.stack.refusal import Refusal
from customers.catalogue.every import OPERATIONS
from tests.admin.conftest import Office
from tests.support.auth.keys import ec_key


@pytest.fixture(autouse=True)
def none_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in tokens.GIVEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(smoke_key, "FOLDER", tmp_path / "smoke")


def claims(token: str) -> dict[str, Any]:
    read: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return read


def test_given_tokens_are_taken_and_both_must_be_there(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMOKE_TILL", "till")
    with pytest.raises(Refusal, match="SMOKE_ADMIN is not set"):
        tokens.of(office.stack)
    monkeypatch.setenv("SMOKE_ADMIN", "admin")
    assert tokens.of(office.stack) == ("till", "admin")


def test_a_local_stack_s_key_makes_tokens_of_a_new_enterprise_each_time(office: Office, tmp_path: Path) -> None:
    pem = ec_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (file := tmp_path / "signing.pem").write_bytes(pem)
    local = replace(office.stack, issuer="https://local.invalid", kid="k", signing_key=str(file))
    till, admin = map(claims, tokens.of(local))
    assert till["iss"] == admin["iss"] == "https://local.invalid"
    assert till["enterprise_id"] == admin["enterprise_id"] != claims(tokens.of(local)[0])["enterprise_id"]
    assert (till["aud"], till["branch_id"], admin["permissions"]) == ("pos-terminal", "smoke", [*tokens.PERMISSIONS])


def test_a_smoke_key_makes_tokens_while_its_hour_lasts(office: Office) -> None:
    with pytest.raises(Refusal, match="or deploy with SMOKE_KEY=1"):
        tokens.of(office.stack)
    smoke_key.parameter(office.stack.name)
    till, _ = tokens.of(office.stack)
    assert claims(till)["iss"] == smoke_key.ISSUER
    assert claims(till)["enterprise_id"] == smoke_key.enterprise_of(office.stack.name)


def test_bearer_has_sixty_four_spellings_and_is_usually_spelled_as_everywhere() -> None:
    spelled = [_bearer(number) for number in range(64)]
    assert spelled[0] == "Bearer"
    assert len(set(spelled)) == 64
    assert {each.lower() for each in spelled} == {"bearer"}


class Answering(Caller):
    """One to whom everything is answered alike."""

    def send(self, method: str, path: str, *_given: Any, **_more: Any) -> Reply:
        self._note(method, path)
        return Reply(404, {}, b'{"error": {"code": "NOT_FOUND"}}')


def test_what_an_environment_does_not_mount_is_absent_and_what_it_mounts_is_called() -> None:
    till = jwt.encode({"enterprise_id": "e", "merchant_id": "m", "branch_id": "b"}, "k" * 32)
    caller = Answering("https://api.example/v1/partner", till, till)
    entries: list[dict[str, Any]] = [
        {"name": "lookup", "method": "GET", "path": "/customers/lookup", "mounted": True},
        {"name": "merge", "method": "POST", "path": "/customers/{id}/merge", "mounted": False},
        {"name": "context", "method": "GET", "path": "/customers/{id}", "mounted": True},
    ]
    caller.operations = {each["name"]: _operation(each) for each in entries}
    assert caller.left_out() == ["context", "lookup"]
    with pytest.raises(Elsewhere, match="does not mount merge"):
        caller.expect(200, "POST", "/customers/usr_1/merge", None)
    with pytest.raises(Failed, match="lookup: 404 NOT_FOUND, not 200"):
        caller.expect(200, "GET", "/customers/lookup?phone=1", None)
    assert caller.left_out() == ["context"]


def test_in_an_environment_that_mounts_little_the_rest_is_absent_and_nothing_fails(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    till = jwt.encode({"enterprise_id": "e", "merchant_id": "m", "branch_id": "b"}, "k" * 32)
    caller = Answering("https://api.example/v1/partner", till, till)
    for operation in OPERATIONS:
        entry = {"name": operation.name, "method": operation.method, "path": operation.path, "mounted": False}
        caller.operations[operation.name] = _operation(entry)
    life = Life(office.stack, caller)
    monkeypatch.setattr(life, "id", lambda _phone: "usr_1")
    monkeypatch.setattr(life, "publish", lambda *_given, **_fields: None)
    monkeypatch.setattr(life, "balance", lambda _minor: None)
    monkeypatch.setattr("admin.smoke.caller.PATIENCE", 0)
    checks = [*life.checks(), *later(caller), *Ending(life).checks()]
    outcomes = {name: carried_out(check)[0] for name, check in checks if not name.startswith(SEEN_ELSEWHERE)}
    assert set(outcomes.values()) == {"absent"}
    assert len(outcomes) > 20


SEEN_ELSEWHERE = ("facts in", "lookup", "events out", "receipts are signed")
"""Checks of what every environment mounts."""


def test_a_template_is_read_with_what_its_names_stand_for() -> None:
    conditions = {"On": {"Fn::Equals": [{"Ref": "Switch"}, "true"]}, "Off": {"Fn::Not": [{"Condition": "On"}]}}
    resolve = Resolver(conditions, {"Switch": "true", "Table": "table-1"})
    assert resolve({"Fn::If": ["On", {"Ref": "Table"}, "no"]}) == "table-1"
    assert resolve({"A": {"Fn::If": ["Off", 1, {"Ref": "AWS::NoValue"}]}, "B": [{"Ref": "AWS::NoValue"}, 2]}) == {
        "B": [2]
    }
    assert resolve({"Fn::Sub": "x-${Table}"}) == "x-table-1"
    assert resolve({"Fn::Sub": "x-${Table.Arn}"}) is UNKNOWN
    assert resolve({"Fn::GetAtt": ["Table", "Arn"]}) is UNKNOWN
    assert resolve({"Ref": "Else"}) is UNKNOWN
    both = {"Fn::And": [{"Condition": "On"}, {"Fn::Or": [{"Condition": "Off"}, {"Condition": "On"}]}]}
    assert resolve(both) is True
