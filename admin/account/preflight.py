"""Say what an account lacks before anything is made in it. It reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from admin.account.protect import status

CONFIG = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5, read_timeout=20)
CONCURRENCY = 200
"""Concurrent executions without which a backlog takes those of the tills: the queues' bounds are 86 together."""
RATE, BURST = 5000, 2000
"""Requests a second, and at once, that the stage lets through."""
STUCK = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}
OK, LOOK, LACKS = "ok", "look", "LACKS"
Client = Callable[[str], Any]


@dataclass(frozen=True)
class Finding:
    """One line: `ok`, `look` for what works and may surprise, `LACKS` for what a deploy or a till would fail by."""

    verdict: str
    what: str
    advice: str = ""


def run(session: Any, stack: str) -> int:
    """0 if nothing is lacking, else 1."""
    if not session.region_name:
        print(f"{LACKS:5}  region: none is named; export AWS_REGION=…")
        return 1
    findings = [*_findings(lambda service: session.client(service, config=CONFIG), stack)]
    for each in findings:
        print(f"{each.verdict:5}  {each.what}" + (f"\n       {each.advice}" if each.advice else ""))
    lacking = sum(each.verdict == LACKS for each in findings)
    print(f"{lacking} lacking" if lacking else "Nothing is lacking")
    return 1 if lacking else 0


def _findings(client: Client, stack: str) -> Iterator[Finding]:
    for check in (_identity, _stack(stack), _concurrency, _gateway, _artefacts, _texts):
        try:
            yield from check(client)
        except (ClientError, BotoCoreError) as error:
            name = getattr(check, "__name__", "stack").strip("_")
            yield Finding(
                LOOK, f"{name}: cannot be read: {error}", "Nothing is known of it; the deploy may still work."
            )


def _identity(client: Client) -> Iterator[Finding]:
    try:
        caller = client("sts").get_caller_identity()
    except (ClientError, BotoCoreError) as error:
        yield Finding(LACKS, f"credentials: {error}", "Export AWS_PROFILE=…, or AWS_ACCESS_KEY_ID and its secret.")
    else:
        yield Finding(OK, f"credentials: {caller['Arn']}")


def _stack(stack: str) -> Callable[[Client], Iterator[Finding]]:
    def check(client: Client) -> Iterator[Finding]:
        found = status(client("cloudformation"), stack)
        if found in STUCK:
            yield Finding(
                LACKS, f"stack {stack}: {found}", "A stack in this state cannot be deployed: delete it first."
            )
        else:
            said = found or "not there yet: the tables are protected after its first deploy"
            yield Finding(OK, f"stack {stack}: {said}")

    return check


def _concurrency(client: Client) -> Iterator[Finding]:
    limit = client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    what = f"Lambda: {limit:,} concurrent executions"
    if limit < CONCURRENCY:
        advice = f"Ask for {CONCURRENCY} or more (Service Quotas, Lambda, Concurrent executions). New accounts have 10."
        yield Finding(LACKS, what, advice)
    elif limit < 1000:
        yield Finding(LOOK, what, f"Deploy with ClaimedConcurrencyAlarm={limit * 8 // 10}: its default is for 1,000.")
    else:
        yield Finding(OK, what)


def _gateway(client: Client) -> Iterator[Finding]:
    account = client("apigateway").get_account()
    throttle = account.get("throttleSettings", {})
    rate, burst = throttle.get("rateLimit", 0), throttle.get("burstLimit", 0)
    what = f"API Gateway: {rate:,.0f} requests a second, {burst:,} at once"
    if rate < RATE or burst < BURST:
        yield Finding(LOOK, what, f"The stage lets {RATE:,} and {BURST:,} through, the Region fewer: ask for more.")
    else:
        yield Finding(OK, what)
    if role := account.get("cloudwatchRoleArn"):
        advice = "The stack replaces it. An account and Region have one, for all of their APIs: docs/deploy.md."
        yield Finding(LOOK, f"API Gateway's logging role: {role}", advice)


def _artefacts(client: Client) -> Iterator[Finding]:
    found = status(client("cloudformation"), "aws-sam-cli-managed-default")
    if found is None:
        yield Finding(LOOK, "bucket for artefacts: none", "The SAM CLI makes one: stack aws-sam-cli-managed-default.")
    else:
        yield Finding(LACKS if found in STUCK else OK, f"bucket for artefacts: {found}")


def _texts(client: Client) -> Iterator[Finding]:
    sns = client("sns")
    limit = sns.get_sms_attributes(attributes=["MonthlySpendLimit"])["attributes"].get("MonthlySpendLimit", "1")
    if sns.get_sms_sandbox_account_status()["IsInSandbox"]:
        advice = (
            "Only numbers that you have verified yourself get an SMS. Ask to leave the sandbox (SNS, Text messaging)."
        )
        yield Finding(LOOK, "SMS: the account is in the sandbox", advice)
    yield Finding(LOOK if float(limit) <= 1 else OK, f"SMS: {limit} US dollars a month at most")
