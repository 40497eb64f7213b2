"""What the web pages must know of this stack."""

from __future__ import annotations

import json

from local.demo import accounts, people
from local.places import Place
from local.stack.stack_file import Stack

TRIED = (people.LAYLA, people.PENDING, people.DISABLED, people.UNKNOWN)


def describe(place: Place, stack: Stack) -> None:
    """Write what the pages ask for as `/config.json`, and for whom the till's tokens are."""
    config = {
        "api": "/v1/partner",
        "sandbox": True,
        "till": {"token": "/demo/till-token", "phones": list(TRIED)},
        "login": accounts.ensure_accounts(stack.aws),
    }
    till = {"enterprise": people.ENTERPRISE, "branch": people.BRANCH, "merchant": people.MERCHANT}
    written = place.pages_file.with_suffix(".new")
    written.write_text(json.dumps({"config": config, "till": till}, indent=2) + "\n")
    written.replace(place.pages_file)
