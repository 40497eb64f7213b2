"""The lists of the runbook, run on the local stack where it has what they need: roll back, domain, keys, leave."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from admin.smoke import deployed
from admin.smoke.expected import Expected
from admin.smoke.smoke import carried_out
from admin.stack import location
from local.emulator.process import running
from local.stack import completion, deployment
from tests.e2e.conftest import Admin, Enterprise, Tables, eventually
from tests.e2e.stack.conftest import RUNBOOK
from tests.support.auth.keys import ec_key, inline, jwks, mint
from tests.support.stack import faults
from tests.support.stack.documents import Block, Shell, lists
from tests.support.stack.own_stack import folder, place_of_tests

LAYLA, OMAR, NOUR = "+97433001122", "+97466005566", "+97455003344"
MONEY = {"currency": "QAR"}
LISTS = lists(RUNBOOK)
Aws = Callable[[str], Any]
pytestmark = pytest.mark.usefixtures("no_dead_letters")


def locally(title: str) -> list[Block]:
    return [block for block in LISTS[title] if not block.on_an_account]


def balance(shop: Enterprise, phone: str) -> int | None:
    data = shop.get(f"/customers/lookup?phone=%2B{phone[1:]}").json()["data"]
    return int(data["customer"]["balance"]["spendable_minor"]) if data["status"] != "not_found" else None


def deploy(aws: Aws, template: dict[str, Any]) -> None:
    """As a deploy of another version ends: CloudFormation gets its template, from a bucket because of its length."""
    emulator, formation = running(place_of_tests()), aws("cloudformation")
    assert emulator
    bucket = f"versions-{uuid.uuid4().hex[:8]}"
    aws("s3").create_bucket(Bucket=bucket)
    aws("s3").put_object(Bucket=bucket, Key="template.json", Body=json.dumps(template).encode())
    stack = formation.describe_stacks(StackName=deployment.STACK)["Stacks"][0]
    formation.update_stack(
        StackName=deployment.STACK,
        TemplateURL=f"{emulator.url}/{bucket}/template.json",
        Parameters=[{"ParameterKey": each["ParameterKey"], "UsePreviousValue": True} for each in stack["Parameters"]],
        Capabilities=["CAPABILITY_IAM"],
    )
    patience = {"Delay": 1, "MaxAttempts": 120}
    formation.get_waiter("stack_update_complete").wait(StackName=deployment.STACK, WaiterConfig=patience)
    completion.complete(emulator.url, deployment.STACK)


def failures() -> list[str]:
    """What a smoke test finds in what is deployed."""
    found = location._local(folder() / "stack.json")
    return [
        seen for _, check in deployed.checks(found) for verdict, seen, _ in [carried_out(check)] if verdict == "FAILED"
    ]


@pytest.mark.thorough
def test_an_earlier_template_over_a_later_one_and_back_keeps_every_row(
    aws: Aws, enterprise: Enterprise, admin: Admin
) -> None:
    enterprise.publish("balance.topped_up", LAYLA, amount_minor=700, **MONEY)
    eventually(lambda: balance(enterprise, LAYLA) == 700)
    named: Any = {"StackName": deployment.STACK, "TemplateStage": "Processed"}
    later = aws("cloudformation").get_template(**named)["TemplateBody"]
    # What the later version has brought: an alarm, and more time for a function.
    earlier = json.loads(json.dumps(later))
    del earlier["Resources"]["ExportFailsAlarm"]
    earlier["Resources"]["DeriveFunction"]["Properties"]["Timeout"] = 50
    found = location._local(folder() / "stack.json")
    try:
        deploy(aws, earlier)
        rolled = Expected.of(found)
        assert "ExportFailsAlarm" not in dict(rolled.all("AWS::CloudWatch::Alarm"))
        assert rolled["DeriveFunction"].properties["Timeout"] == 50
        assert failures() == []
        enterprise.publish("balance.topped_up", LAYLA, amount_minor=7, **MONEY)
        eventually(lambda: balance(enterprise, LAYLA) == 707)
    finally:
        deploy(aws, later)
    assert "ExportFailsAlarm" in dict(Expected.of(found).all("AWS::CloudWatch::Alarm"))
    assert failures() == []
    assert balance(enterprise, LAYLA) == 707
    eventually(lambda: admin("audit", "--enterprise", enterprise.id)[0] == 0)


@pytest.mark.thorough
def test_after_an_upgrade_the_stack_is_tried_out(shell: Shell) -> None:
    (block,) = locally("Upgrade")
    smoke, audit = block.commands.splitlines()
    assert audit == "make audit"
    assert "All good" in shell.say(smoke)


def test_the_api_answers_at_a_domain_of_ones_own(stack: dict[str, Any], aws: Aws, shell: Shell) -> None:
    (block,) = locally("Move to a domain of your own")
    try:
        shell.run(block)
        at_home = {"Host": "api.example.com"}
        answer = requests.get(f"{stack['aws']}/v1/partner/capabilities", headers=at_home, timeout=60)
        assert (answer.status_code, answer.json()["ok"]) == (200, True)
        elsewhere = requests.get(f"{stack['aws']}/v2/partner/capabilities", headers=at_home, timeout=60)
        assert elsewhere.status_code >= 400
    finally:
        aws("apigateway").delete_domain_name(domainName="api.example.com")
    assert requests.get(f"{stack['api']}/capabilities", timeout=60).status_code == 200


def test_the_issuers_keys_are_rotated_while_tills_go_on(
    stack: dict[str, Any], aws: Aws, enterprise: Enterprise
) -> None:
    """As with `Jwks` in the stack's parameter: deploy with both keys, and later without the old one."""
    expected = Expected.of(location._local(folder() / "stack.json"))
    old = load_pem_private_key(Path(stack["signing_key"]).read_bytes(), password=None)
    new = ec_key()
    keys: Any = {stack["kid"]: old, "new": new}

    def statuses() -> tuple[int, int]:
        """Of a lookup with a fresh token of each key."""
        tokens = [mint(key, kid, **enterprise.claims()) for kid, key in keys.items()]
        first, second = (enterprise.get("/customers/lookup?phone=%2B97433001122", each).status_code for each in tokens)
        return first, second

    def trusting(*names: str) -> faults.Fault:
        trusted = inline(jwks({name: keys[name] for name in names}))
        return lambda there, client: faults.environment(client, there["AuthorizerFunction"].id, JWKS=trusted)

    assert statuses() == (200, 401)
    with faults.planted(trusting(stack["kid"], "new"), expected, aws):
        assert statuses() == (200, 200)
    with faults.planted(trusting("new"), expected, aws):
        assert statuses() == (401, 200)


@pytest.fixture
def lived(enterprise: Enterprise) -> Enterprise:
    """Three customers: one with a past, one who only registered, and one who is erased."""
    for phone in (LAYLA, OMAR, NOUR):
        enterprise.publish("customer.registered", phone, name="Somebody")
    enterprise.publish("balance.topped_up", LAYLA, amount_minor=1000, **MONEY)
    enterprise.publish("promo.granted", LAYLA, grant_id="g-1", amount_minor=50, **MONEY)
    for phone in (LAYLA, NOUR):
        enterprise.publish("purchase.completed", phone, purchase_id=f"p-{phone[-4:]}", amount_minor=250, **MONEY)
    enterprise.wait_until_applied()
    # This one is refused.
    enterprise.publish("balance.topped_up", OMAR, amount_minor=-1, **MONEY)
    body = {"event_type": "check_in", "attributes": {"note": "by the window"}}
    headers = {"Idempotency-Key": "event-1"}
    sent = enterprise.send("POST", f"/customers/%2B{LAYLA[1:]}/events", headers=headers, json=body)
    assert sent.status_code == 201
    return enterprise


@pytest.mark.thorough
def test_an_enterprise_leaves_with_everything(
    lived: Enterprise, tables: Tables, admin: Admin, shell: Shell, desk: Path
) -> None:
    ids = {row["phone"]["S"]: row["customer_id"]["S"] for row in tables.rows("customers", lived.id) if "phone" in row}
    headers = {"Idempotency-Key": "erase-1", "Audit-Reason": "ticket 1"}
    erased = lived.send("DELETE", f"/customers/{ids[NOUR]}", lived.admin("customer:DELETE"), headers)
    assert erased.status_code == 200, erased.text
    erasure = erased.json()["data"]["erasure_id"]
    eventually(lambda: admin("receipt", "--enterprise", lived.id, "--erasure", erasure, "--wait", "60")[0] == 0)
    refused = ("refused", "--enterprise", lived.id)
    eventually(lambda: "amount_minor" in admin(*refused)[1])
    before = {role: tables.rows(role, lived.id) for role in ("customers", "records")}
    (block,) = locally("Leave")
    there = block.commands.replace("11111111-1111-1111-1111-111111111111", lived.id)
    printed = [line.split() for line in shell.say(there).splitlines() if line.endswith(".jsonl")]
    sums = {name: digest for digest, name in printed}
    taken = desk / "taken-out"
    manifest = json.loads((taken / "manifest.json").read_text())
    files = {
        part["file"]: [json.loads(line) for line in (taken / part["file"]).read_text().split("\n")[:-1]]
        for part in manifest["parts"]
    }
    assert set(sums) == set(files) == {each.name for each in taken.glob("*.jsonl")}
    for part in manifest["parts"]:
        content = (taken / part["file"]).read_bytes()
        assert (part["sha256"], part["size_bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
        assert (part["count"], sums[part["file"]]) == (len(files[part["file"]]), part["sha256"])
    assert (manifest["customers"], manifest["erased"]) == (2, 1)

    ledger = [row for row in before["records"] if row["sk"]["S"].startswith("ledger#")]
    said = [*files["ledger.jsonl"], *files["events.jsonl"], *files["erased_ledger.jsonl"]]
    assert manifest["entries"] == len(ledger) == len(said)
    assert {each["phone"] for each in files["identity.jsonl"]} == {LAYLA, OMAR}
    money = {each["customer_id"]: each["balance_minor"] for each in files["balances.jsonl"]}
    assert money == {ids[LAYLA]: 1000, ids[OMAR]: 0}
    assert [each["attributes"] for each in files["events.jsonl"]] == [{"note": "by the window"}]
    assert {each["id"] for each in files["transactions.jsonl"]} == {f"p-{LAYLA[-4:]}"}
    assert [each["amount_minor"] for each in files["promo_grants.jsonl"]] == [50]
    settings = [each for each in files["enterprise.jsonl"] if each["sk"] == "settings"]
    assert json.loads(settings[0]["settings"])["currency"] == "QAR"
    assert [each["sk"] for each in files["erasures.jsonl"]] == [erasure]
    assert "receipt" in files["erasures.jsonl"][0]
    assert [each["operation"] for each in files["activity.jsonl"]] == ["erase"]
    assert [json.loads(each["body"])["detail"]["amount_minor"] for each in files["refused_facts.jsonl"]] == [-1]
    # Of the erased person nothing is in the folder, and nothing has changed in the tables.
    assert NOUR not in "".join(each.read_text() for each in taken.iterdir())
    assert {role: tables.rows(role, lived.id) for role in before} == before
    # Only its owner may read the folder, and it is not written over.
    assert taken.stat().st_mode & 0o077 == 0
    again = admin("take-out", "--enterprise", lived.id, "--folder", str(taken))
    assert (again[0], "is not empty: name a new folder" in again[1]) == (1, True)
    nobody = admin("take-out", "--enterprise", "nobody", "--folder", str(desk / "taken-out-2"))
    assert (nobody[0], "There is no enterprise nobody" in nobody[1]) == (1, True)
