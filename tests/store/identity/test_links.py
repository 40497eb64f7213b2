"""Links to verify a phone, as far as what was asked for is asked for anew meanwhile."""

from __future__ import annotations

from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.identity.verification import Link
from tests.support.identity.verifying import ask, asked, verifications


def test_whose_link_went_out_as_another_was_asked_for_gets_the_other_one_too(
    tables: DynamoDBClient, enterprise: str
) -> None:
    """To be marked as sent means that no link goes out any more: the customer would never get the new phone's."""
    first, second = asked("+97433001122"), asked("+97466005566")
    ask(tables, enterprise, "usr_1", first)
    ask(tables, enterprise, "usr_1", second)
    links = verifications(tables)

    def sent() -> bool | None:
        verification, _ = links.awaited(Link(enterprise, "usr_1", second.id))
        return verification.sent if verification else None

    links.mark_sent(Link(enterprise, "usr_1", first.id))
    assert sent() is False
    links.mark_sent(Link(enterprise, "usr_1", second.id))
    assert sent() is True
