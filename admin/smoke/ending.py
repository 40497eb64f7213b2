"""The end of the made-up customers: an export that is downloaded, an erasure, and its receipt."""

from __future__ import annotations

import argparse
import io
import json
import urllib.request
import zipfile
from contextlib import redirect_stdout, suppress

from admin.erasure import receipt
from admin.erasure.verify_receipt import verified
from admin.smoke.caller import Check, Elsewhere, Failed, Reply, opened, until
from admin.smoke.life import KNOWN, MONEY, PEOPLE, Life
from customers.store.aws.signing import SigningKey


class Ending:
    """Of a `Life` that has been lived."""

    def __init__(self, life: Life) -> None:
        self._life, self._caller, self._stack = life, life.caller, life.stack
        self._erasure = ""

    def checks(self) -> list[Check]:
        return [
            ("an export is downloaded", self.export),
            ("an erasure, and nobody is found any more", self._erase),
            ("the erasure can be read", self._read),
            ("receipts are signed with the published key", self.keys),
            # On an account the sweep waits for twenty minutes, so that what was under way has ended.
            *([("the erasure's receipt is verified", self._receipt)] if self._stack.may_lose_state else []),
        ]

    def clean_up(self) -> None:
        """Close the till, and erase the other customers too. Raises `Elsewhere` where nobody can be erased here."""
        # The next run begins with a till that is not let in.
        place = {"merchant_id": self._caller.merchant, "branch_id": self._caller.branch}
        self._life.publish("branch.disabled", **place)
        for phone in PEOPLE:
            if (row := self._life.row(phone)) and "customer_id" in row:
                self._delete(row["customer_id"]["S"])

    def export(self) -> None:
        path = f"/customers/{self._life.id(KNOWN)}/export"
        replies: list[Reply] = []

        def ready() -> bool:
            # For a long history the answer is 202.
            replies.append(self._caller.send("GET", path, self._caller.admin))
            return replies[-1].status != 202

        with suppress(Elsewhere):
            until(ready, "an export is ready")
        reply = self._caller.expect(200, "GET", path, self._caller.admin)
        file = opened(urllib.request.Request(reply.data["download_url"]))  # noqa: S310 - the bucket's own
        if file.status != 200 or not zipfile.is_zipfile(io.BytesIO(file.body)):
            raise Failed(f"the link answers {file.status}, and no archive")

    def _erase(self) -> None:
        # An erasure destroys no money that may be spent.
        self._life.publish("balance.settled", KNOWN, amount_minor=1250, **MONEY)
        self._life.balance(0)
        self._erasure = self._delete(self._life.id(KNOWN))
        self._life.status(KNOWN, "not_found")

    def _delete(self, customer_id: str) -> str:
        reply = self._caller.expect(200, "DELETE", f"/customers/{customer_id}", self._caller.admin)
        return str(reply.data.get("erasure_id", ""))

    def _read(self) -> None:
        if not self._erasure:
            raise Elsewhere("nobody was erased")
        self._caller.expect(200, "GET", f"/erasures/{self._erasure}", self._caller.admin)

    def keys(self) -> None:
        """Anybody verifies receipts with the published keys, so the key of the stack must be among them."""
        own = SigningKey(self._stack.client("kms"), self._stack.receipts_key).jwk
        published = self._caller.expect(200, "GET", "/capabilities", None).data["erasure_receipt_keys"]
        if own["kid"] not in [each["kid"] for each in published]:
            raise Failed(f"the key of the stack, {own['kid']}, is not among those of GET /capabilities")

    def _receipt(self) -> None:
        if not self._erasure:
            raise Elsewhere("nobody was erased")
        said = io.StringIO()
        chosen = argparse.Namespace(enterprise=self._caller.enterprise, erasure=self._erasure, wait=120.0)
        with redirect_stdout(said):
            receipt.run(self._stack, chosen)
        held = json.loads(said.getvalue())
        trusted = self._caller.send("GET", "/capabilities", None).data["erasure_receipt_keys"]
        verified(held, trusted)
