"""What the running stack's registry says of an enterprise and its branches; without it, what the demo says."""

from __future__ import annotations

import json
from typing import Any

from commands.arguments import unknown
from local.demo import people
from local.emulator import process
from local.places import Place
from local.stack.completion import session


def merchant_of(place: Place, enterprise: str, branch: str) -> str:
    """Whose branch this is by the running stack's registry; else the demo's merchant."""
    if branch == people.BRANCH or process.running(place) is None:
        return people.MERCHANT
    stack = json.loads(place.stack_file.read_text())
    registry = session().client("dynamodb", endpoint_url=stack["aws"])
    key: Any = {"pk": {"S": enterprise}, "sk": {"S": f"branch#{branch}"}}
    row = registry.get_item(TableName=stack["tables"]["enterprises"], Key=key).get("Item")
    return row["merchant_id"]["S"] if row else people.MERCHANT


def unknown_to(place: Place, enterprise: str, branch: str | None) -> str | None:
    """What to say of a token that opens nothing on the running stack, because it does not know whom it is for."""
    if (enterprise, branch) in {(people.ENTERPRISE, people.BRANCH), (people.ENTERPRISE, None)}:
        return None
    if process.running(place) is None:
        return None
    stack = json.loads(place.stack_file.read_text())
    pages = (
        session()
        .client("dynamodb", endpoint_url=stack["aws"])
        .get_paginator("scan")
        .paginate(TableName=stack["tables"]["enterprises"], ProjectionExpression="pk, sk", ConsistentRead=True)
    )
    keys = {(row["pk"]["S"], row["sk"]["S"]) for page in pages for row in page["Items"]}
    if enterprise not in (known := {pk for pk, _ in keys}):
        return f"ENTERPRISE: {unknown(enterprise, known)}. The token opens nothing until it is configured here"
    branches = {sk.removeprefix("branch#") for pk, sk in keys if pk == enterprise and sk.startswith("branch#")}
    if branch and branch not in branches:
        return f"BRANCH: {unknown(branch, branches)}. The token opens nothing until the branch is registered here"
    return None
