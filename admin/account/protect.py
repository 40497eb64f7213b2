"""Print whether a deploy of the stack may protect its tables: true once it has been deployed.

CloudFormation cannot roll back a stack's creation while its tables are protected from deletion.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

NOT_YET = {"REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}


def run(session: Any, stack: str) -> int:
    """Always 0."""
    found = status(session.client("cloudformation"), stack)
    print("false" if found is None or found in NOT_YET else "true")
    return 0


def status(client: Any, stack: str) -> str | None:
    """The stack's status; None where there is no such stack."""
    try:
        return str(client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if "does not exist" in error.response["Error"].get("Message", ""):
            return None
        raise
