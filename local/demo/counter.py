"""Look up the demo customers and show each answer as a cashier's panel."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from local import tokens
from local.demo import people
from local.stack.stack_file import Stack

WIDTH = 78


@dataclass(frozen=True)
class Person:
    """A demo customer."""

    who: str
    phone: str


PEOPLE = (
    Person("a registered customer", people.LAYLA),
    Person("an unverified customer with unclaimed cashback", people.PENDING),
    Person("a disabled customer", people.DISABLED),
    Person("an unknown customer", people.UNKNOWN),
)


def lookup(stack: Stack, phone: str) -> dict[str, Any]:
    """The whole answer, also of an error."""
    token = tokens.token(enterprise=people.ENTERPRISE, branch=people.BRANCH, merchant=people.MERCHANT)
    # The address is the stack's own.
    request = urllib.request.Request(  # noqa: S310
        f"{stack.api}/customers/lookup?{urlencode({'phone': phone})}", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            body: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            body = json.loads(refused.read())
    return body


def panel(stack: Stack, person: Person) -> str:
    """The panel, and the command that sends the same request."""
    body = lookup(stack, person.phone)
    title = f"┌─ {person.phone}: {person.who} "
    lines = [f"│ {line}" for line in (_greeting(body["data"]) if body.get("ok") else [json.dumps(body)])]
    return "\n".join((title.ljust(WIDTH, "─"), *lines, "└".ljust(WIDTH, "─"), curl(stack, person.phone)))


def curl(stack: Stack, phone: str) -> str:
    """The same request, from a shell in this folder."""
    return (
        f'  curl -sG {stack.api}/customers/lookup -H "Authorization: Bearer $(make -s token)"'
        f' --data-urlencode "phone={phone}"'
    )


def _greeting(data: dict[str, Any]) -> list[str]:
    customer = data["customer"]
    if customer is None:
        return ["New here? Register this customer."]
    balance, activity, waiting = customer["balance"], customer["activity"], data["unclaimed_cashback"]
    spendable = _money(balance["spendable_minor"], balance["currency"])
    locked = _money(balance["locked_promo_minor"], balance["currency"])
    spent = _money(activity["lifetime_spend_minor"], balance["currency"])
    visits, lately = activity["visit_count"], activity["visit_count_last_90d"]
    lines = [
        f"Welcome, {customer['name'] or 'guest'}!   [{customer['badge']}]",
        f"Spendable {spendable}   locked promo {locked}",
        f"{visits} visits, {lately} of them in the last 90 days   spent {spent} in all",
        f"Last here {activity['last_visit_at'] or 'never'}   member since {customer['member_since'] or '–'}",
    ]
    if waiting:
        amount, until = _money(waiting["amount_minor"], waiting["currency"]), waiting["expires_at"] or "claimed"
        lines.append(f"{amount} is waiting until {until}: ask the customer to register")
    return lines


def _money(minor: int, currency: str) -> str:
    """For the demo's currency, which has two decimals."""
    return f"{currency} {minor // 100:,}.{minor % 100:02d}"
