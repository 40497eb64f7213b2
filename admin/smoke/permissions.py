"""What roles may do: what the template allows each, and nothing that it must not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from admin.smoke.caller import Elsewhere, Failed
from admin.smoke.expected import Expected, Resource
from admin.stack.location import Stack

AT_ONCE = 4
"""Roles read at the same time: IAM slows down who asks for more."""
DENIED = [
    ("LookupFunction", "dynamodb:PutItem", "customers"),
    ("LookupFunction", "dynamodb:Scan", "customers"),
    ("AuthorizerFunction", "dynamodb:GetItem", "customers"),
    ("StatsFunction", "dynamodb:DeleteItem", "derived"),
    ("PublishOutboxFunction", "dynamodb:PutItem", "records"),
]
"""Actions that a role must not have, and the table."""
Allowed = Counter[tuple[str, str]]
"""How many statements have an effect (`Allow`) and an action."""


def roles(stack: Stack, expected: Expected) -> None:
    """Compares effects and actions. Resources are ARNs, which the template does not know."""
    client = stack.client("iam")

    def differences(of: tuple[str, Resource]) -> list[str]:
        name, resource = of
        return [f"{name} {each}" for each in _differences(client, resource)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = [each for found in pool.map(differences, expected.all("AWS::IAM::Role")) for each in found]
    if wrong:
        raise Failed("; ".join(wrong))


def _differences(client: Any, resource: Resource) -> Iterator[str]:
    must = _allowed(policy["PolicyDocument"] for policy in resource.properties.get("Policies", []))
    try:
        names = client.list_role_policies(RoleName=resource.id)["PolicyNames"]
        documents = [client.get_role_policy(RoleName=resource.id, PolicyName=each)["PolicyDocument"] for each in names]
        attached = client.list_attached_role_policies(RoleName=resource.id)["AttachedPolicies"]
    except client.exceptions.NoSuchEntityException:
        yield "is not there"
        return
    has = _allowed(documents)
    yield from (f"lacks {effect} {action}" for effect, action in sorted((must - has).elements()))
    yield from (f"has {effect} {action} too" for effect, action in sorted((has - must).elements()))
    managed = {str(each).rpartition("/")[2] for each in resource.properties.get("ManagedPolicyArns", [])}
    if (there := {each["PolicyName"] for each in attached}) != managed:
        yield f"has the managed policies {', '.join(sorted(there)) or 'none'}"


def _allowed(documents: Any) -> Allowed:
    found: Allowed = Counter()
    for document in documents:
        for statement in _listed(document["Statement"]):
            found.update((statement["Effect"], action) for action in _listed(statement["Action"]))
    return found


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str | Mapping) else list(value)


def denied(stack: Stack, expected: Expected) -> None:
    iam, allowed = stack.client("iam"), list[str]()
    account = stack.client("sts").get_caller_identity()["Account"]
    region = stack.session.region_name
    for function, action, role in DENIED:
        table = f"arn:aws:dynamodb:{region}:{account}:table/{stack.tables[role]}"
        arn = iam.get_role(RoleName=expected[f"{function}Role"].id)["Role"]["Arn"]
        try:
            said = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action], ResourceArns=[table])
        except ClientError as error:
            if stack.may_lose_state:
                raise Elsewhere(f"the emulator answers {error.response['Error']['Code']}") from error
            raise
        if any(each["EvalDecision"] == "allowed" for each in said["EvaluationResults"]):
            allowed.append(f"{function} may {action}")
    if allowed:
        raise Failed(", ".join(allowed))
