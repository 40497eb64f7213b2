"""The flows are in JavaScript (`web/tests/browser`). `make test` runs one for each page, `make test-web` all."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from commands.pages import PAGES, content, files
from local.demo import people, publishing
from local.stack.stack_file import Stack
from tests.e2e.conftest import Enterprise, eventually
from tests.support.customers.crowd import crowd, lay_down
from tests.support.stack.own_stack import folder
from tests.support.tables import ROOT
from tests.support.thorough import only

WEB = ROOT / "web"
FLOWS = sorted((WEB / "tests/browser").glob("*.test.js"))
FLOWS_OF_MAKE_TEST = "^flow: "
SHORT = [each for each in FLOWS if '"flow: ' in each.read_text()]
MOST_SECONDS = 900
LANGUAGES = ("en", "ar")
DOUBLES = tuple(f"double-{language}" for language in LANGUAGES)
MADE_FOR = (
    *(f"{flow}-{language}" for flow in ("correct", "survivor", "duplicate", "erase") for language in LANGUAGES),
    *("lost", "typed", "again", "renewed", "absorbed"),
    *DOUBLES,
)
"""What the flows of the console do with the customers that are made for them."""


@pytest.fixture
def described(stack: dict[str, Any]) -> dict[str, str]:
    """The environment of the flows: a stack that knows the demo's customers, and new ones for each test."""
    publishing.ensure_known(Stack(**stack))
    return {"STACK": str(folder() / "stack.json"), "PEOPLE": json.dumps(made(stack))}


def made(stack: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Verified customers of the demo's enterprise with one purchase each, by what they are for."""
    shop = Enterprise(stack, people.ENTERPRISE, people.MERCHANT, people.BRANCH)
    some = random.sample(range(1_000_000), len(MADE_FOR))
    new = {each: {"name": f"Noor{n:06} Test", "phone": f"+97430{n:06}"} for each, n in zip(MADE_FOR, some, strict=True)}
    for double in DOUBLES:
        # Of the same name, and one digit of the phone differs.
        phone = new[double]["phone"]
        new[f"twin of {double}"] = {"name": new[double]["name"], "phone": f"{phone[:-1]}{(int(phone[-1]) + 1) % 10}"}
    for each in new.values():
        shop.publish("customer.registered", each["phone"], name=each["name"])
        shop.publish("customer.verified", each["phone"])
        shop.publish("purchase.completed", each["phone"], purchase_id=each["phone"], amount_minor=1250, currency="QAR")
    shop.wait_until_applied()
    # One of them is refused.
    shop.publish("purchase.completed", new["again"]["phone"], purchase_id="wrong", amount_minor=1250, currency="USD")
    searching = shop.admin("customer:SEARCH")

    def found(person: dict[str, str]) -> bool:
        asked = {"query": person["name"]}
        body = shop.send("POST", "/customers/search", searching, json=asked).json()["data"]["customers"]
        return any(each["phone"] == person["phone"] and each["activity"]["visit_count"] for each in body)

    for each in new.values():
        eventually(partial(found, each))
    return new


def run(flow: Path, described: dict[str, str], *options: str) -> None:
    ended = subprocess.run(
        ["node", "--test", *options, str(flow)],
        cwd=WEB,
        env={**os.environ, **described},
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    assert "\n# pass 0\n" not in ended.stdout, f"{flow.name} has no such test"


@pytest.mark.parametrize("flow", only(SHORT, WEB / "tests/browser/till.test.js"), ids=lambda flow: flow.stem)
def test_a_flow_of_each_page(flow: Path, described: dict[str, str]) -> None:
    run(flow, described, f"--test-name-pattern={FLOWS_OF_MAKE_TEST}")


# TypeScript's scanner leaves comments and spaces out. In a template literal they are part of a token.
TOKENS = """
import { readFileSync } from "node:fs";
import ts from "typescript";
const tokens = (file) => {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, false, ts.ScriptKind.JS);
  const found = [];
  const visit = (node) => {
    if (ts.isJSDoc(node)) return;
    if (node.getChildCount(source)) node.getChildren(source).forEach(visit);
    else found.push(node.getText(source));
  };
  source.statements.forEach(visit);
  return found.join("\\n");
};
for (const [written, served] of JSON.parse(process.argv[1])) {
  const all = tokens(written);
  if (all.length < 10 || all !== tokens(served)) throw new Error(written);
}
"""


def test_what_is_served_of_a_module_has_every_token_that_is_written(tmp_path: Path) -> None:
    pairs = []
    for number, file in enumerate(each for each in files() if each.suffix == ".js"):
        served = tmp_path / f"{number}.js"
        served.write_bytes(content(file))
        pairs.append((str(file), str(served)))
    assert any(str(PAGES / "sdk") in written for written, _ in pairs)
    subprocess.run(["node", "--input-type=module", "-e", TOKENS, json.dumps(pairs)], cwd=WEB, check=True)


@pytest.mark.scale
def test_a_search_over_20_000_customers_is_under_100_ms_of_the_page_s_own_work(
    stack: dict[str, Any], aws: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    publishing.ensure_known(Stack(**stack))
    midnight = datetime.combine(datetime.now(UTC).date(), datetime.min.time(), UTC)
    lay_down(aws("dynamodb"), stack["tables"], people.ENTERPRISE, crowd(20_000, midnight))
    known = {"STACK": str(folder() / "stack.json")}
    ended = subprocess.run(
        ["node", "tests/bench.js"], cwd=WEB, env={**os.environ, **known}, capture_output=True, text=True, check=False
    )
    with capsys.disabled():
        print(f"\n{ended.stdout}", end="")
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert int(re.findall(r"search over (\d+) customers", ended.stdout)[0]) >= 20_000


@pytest.mark.web
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.stem)
def test_every_flow(flow: Path, described: dict[str, str]) -> None:
    run(flow, described)
