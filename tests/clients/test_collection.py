"""The collection in Bruno's own runner: every request has the status that the operation declares, on a local stack."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generate.samples.bruno import FOLDER
from tests.clients.conftest import NODE, Run
from tests.clients.test_calls import BUILT, Shop
from tests.e2e.conftest import Enterprise
from tests.support.stack.own_stack import running_stack
from tests.support.tables import ROOT

pytestmark = pytest.mark.clients
LAYLA = "+97433001122"
"""The person of the examples."""


@pytest.fixture(scope="module")
def stack() -> Iterator[dict[str, Any]]:
    with running_stack() as running:
        yield running


@pytest.fixture
def variables(stack: dict[str, Any]) -> dict[str, str]:
    """The two tokens, and ids for which the operations have something to do."""
    shop = Shop(Enterprise(stack).open())
    others = {name: f"+9743{uuid.uuid4().int % 10**7:07}" for name in ("Badr", "Carim", "Dunya", "Eiman")}
    for name, phone in {"Layla": LAYLA, **others}.items():
        shop.enterprise.publish("customer.registered", phone, name=name)
    ids = {name: shop.id_of(name) for name in others}
    unverified = f"+9743{uuid.uuid4().int % 10**7:07}"
    shop.send("PATCH", f"/customers/{ids['Badr']}", shop.office, json={"phone": unverified})
    erased = shop.send("DELETE", f"/customers/{ids['Carim']}", shop.office)
    return {
        "api": stack["api"],
        "till": shop.enterprise.token(),
        "office": shop.office,
        "absorbed_customer_id": ids["Dunya"],
        "other_customer_id": ids["Eiman"],
        "erasure_id": erased["erasure_id"],
        "token": shop.link(unverified),
    }


def test_every_request_of_the_collection_is_answered_as_declared(
    run: Run, tmp_path: Path, variables: dict[str, str]
) -> None:
    collection, report = tmp_path / "collection", tmp_path / "report.json"
    shutil.copytree(ROOT / FOLDER, collection)
    given = [part for name, value in variables.items() for part in ("--env-var", f"{name}={value}")]
    run(NODE / "bru", "run", "--env", "local", *given, "--reporter-json", report, folder=collection)
    (told,) = json.loads(report.read_text())
    answered = {each["test"]["filename"].removesuffix(".bru"): each["response"]["status"] for each in told["results"]}
    assert answered == {each.name: each.status for each in BUILT}
