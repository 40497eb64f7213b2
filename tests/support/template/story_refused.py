"""Facts about people that nobody can apply, for the story."""

from __future__ import annotations

import json
from itertools import count

from tests.support.identity.verifying import batch
from tests.support.template.story import Story

BEFORE = "2026-11-01T12:00:00Z"
_letters = count()


def refused(story: Story, phone: str, at: str = BEFORE, sent_at: str = "1780000000000") -> None:
    """A fact of the person that nobody can apply is put into the list, and one that nobody can read."""
    detail = {
        "fact_id": f"refused-{phone}",
        "enterprise_id": story.shop.enterprise,
        "occurred_at": at,
        "customer": {"phone": phone},
        "amount_minor": 10,
        "currency": "USD",
        "reason": "Layla",
    }
    told = json.dumps({"detail-type": "balance.topped_up", "source": "partner.tests", "detail": detail})
    story.run("FoldFactsFunction", batch(told))
    for text in (told, "no JSON"):
        letters = batch(text)
        for record in letters["Records"]:
            record["messageId"] = f"{next(_letters)}"
            record["messageAttributes"] = {"reason": {"stringValue": "currency: is not the enterprise's"}}
            record["attributes"] = {**record["attributes"], "SentTimestamp": sent_at}
        assert story.run("ParkRefusedFactsFunction", letters) == {"batchItemFailures": []}
