"""The preflight: what an account lacks is said before anything is made, and what cannot be read is no failure."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from admin.account import __main__ as entry
from admin.account import preflight, protect

FORMATION = ("cloudformation", "describe_stacks")
GOOD: dict[tuple[str, str], Any] = {
    ("sts", "get_caller_identity"): {"Arn": "arn:aws:iam::123456789012:user/ops"},
    ("lambda", "get_account_settings"): {"AccountLimit": {"ConcurrentExecutions": 1000}},
    ("apigateway", "get_account"): {"throttleSettings": {"rateLimit": 10000.0, "burstLimit": 5000}},
    ("sns", "get_sms_attributes"): {"attributes": {"MonthlySpendLimit": "100"}},
    ("sns", "get_sms_sandbox_account_status"): {"IsInSandbox": False},
}
ORDER = [*GOOD]


class Account:
    """AWS's answers, by service and call, in AWS's own shapes: botocore checks them."""

    region_name = "eu-central-1"

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Any] = dict(GOOD)
        self.stacks: dict[str, str] = {"aws-sam-cli-managed-default": "CREATE_COMPLETE"}
        self.refused: set[str] = set()

    def client(self, service: str, **_: Any) -> Any:
        client: Any = boto3.client(service, region_name=self.region_name)  # type: ignore[call-overload]
        stub = Stubber(client)
        for (of, call), answer in self.answers.items():
            if of == service and of in self.refused:
                stub.add_client_error(call, "AccessDenied", "not you")
            elif of == service:
                stub.add_response(call, answer)
        stub.activate()
        if service == "cloudformation":
            client.describe_stacks = self._describe
        return client

    def _describe(self, StackName: str) -> Any:  # noqa: N803 - AWS's own
        from botocore.exceptions import ClientError

        if "cloudformation" in self.refused:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "DescribeStacks")
        if StackName not in self.stacks:
            told: Any = {"Error": {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}}
            raise ClientError(told, "DescribeStacks")
        return {"Stacks": [{"StackStatus": self.stacks[StackName]}]}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    made = Account()
    monkeypatch.setattr(entry, "account", lambda: made)
    return made


def told(capsys: pytest.CaptureFixture[str], command: str = "preflight") -> tuple[int, str]:
    code = entry.main([command, "--stack", "customers"])
    return code, capsys.readouterr().out


def test_an_account_that_has_everything(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = told(capsys)
    assert (code, said.splitlines()[-1]) == (0, "Nothing is lacking")
    assert preflight.LOOK not in [line.split()[0] for line in said.splitlines()]


@pytest.mark.parametrize(
    ("of", "answer", "code", "words"),
    [
        (("lambda", "get_account_settings"), {"AccountLimit": {"ConcurrentExecutions": 10}}, 1, "LACKS  Lambda: 10 "),
        (("lambda", "get_account_settings"), {"AccountLimit": {"ConcurrentExecutions": 500}}, 0, "Alarm=400"),
        (
            ("apigateway", "get_account"),
            {"throttleSettings": {"rateLimit": 2500.0, "burstLimit": 5000}},
            0,
            "ask for more",
        ),
        (
            ("apigateway", "get_account"),
            {**GOOD[("apigateway", "get_account")], "cloudwatchRoleArn": "arn:r"},
            0,
            "replaces it",
        ),
        (
            ("sns", "get_sms_sandbox_account_status"),
            {"IsInSandbox": True},
            0,
            "look   SMS: the account is in the sandbox",
        ),
        (("sns", "get_sms_attributes"), {"attributes": {}}, 0, "look   SMS: 1 US dollars"),
    ],
)
def test_what_an_account_lacks_is_named(
    account: Account, capsys: pytest.CaptureFixture[str], of: tuple[str, str], answer: Any, code: int, words: str
) -> None:
    account.answers[of] = answer
    ended, said = told(capsys)
    assert ended == code
    assert words in said


def test_a_stack_that_cannot_be_deployed_is_named(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.stacks["customers"] = "ROLLBACK_COMPLETE"
    code, said = told(capsys)
    assert (code, "delete it first" in said) == (1, True)


@pytest.mark.parametrize("service", ["lambda", "apigateway", "sns", "cloudformation"])
def test_what_cannot_be_read_is_said_and_is_no_failure(
    account: Account, capsys: pytest.CaptureFixture[str], service: str
) -> None:
    account.refused.add(service)
    code, said = told(capsys)
    assert (code, "cannot be read" in said) == (0, True)


def test_without_credentials_or_a_region_nothing_can_be_deployed(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    account.refused.add("sts")
    assert told(capsys)[0] == 1
    monkeypatch.setattr(entry, "account", lambda: SimpleNamespace(region_name=None))
    assert told(capsys)[0] == 1


@pytest.mark.parametrize(
    ("found", "protects"),
    [(None, "false"), *((each, "false") for each in sorted(protect.NOT_YET)), ("UPDATE_ROLLBACK_COMPLETE", "true")],
)
def test_tables_are_protected_from_the_second_deploy_on(
    account: Account, capsys: pytest.CaptureFixture[str], found: str | None, protects: str
) -> None:
    """A stack that was never made whole can still be rolled back."""
    account.stacks |= {"customers": found} if found else {}
    assert told(capsys, "protect") == (0, f"{protects}\n")
