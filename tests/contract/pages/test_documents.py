"""The documents are true: commands, links and tests exist, decisions have a status, the README is short."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from commands.targets import objection, targets
from tests.support.stack.documents import FENCED, Block, blocks, differs, text_of
from tests.support.tables import ROOT

DECISIONS = sorted((ROOT / "docs/adr").glob("0*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), *DECISIONS]
RUN = [ROOT / "README.md", ROOT / "docs/tutorial.md"]
KNOWN = targets((ROOT / "Makefile").read_text())
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
WRITTEN = re.compile(r"(?:> ?|-so |\bFILE=|\bKEYS=)([\w-][\w.-]*\.(?:jsonl|json|zip))\b")
BESIDE_A_LOAD = (".progress", ".refused.jsonl")
# Private words for layers and handlers, and phrases that are no plain English: no reader should have to learn them.
PRIVATE_WORDS = re.compile(
    r"\b(cellar|letterbox|the hall|the study|rooms?|doors?|of who|of whom|whoever|unless told)\b", re.IGNORECASE
)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
every_run_page = pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)


@every_page
def test_every_line_of_make_names_a_target_and_its_parameters(page: Path) -> None:
    for match in FENCED.finditer(text_of(page)):
        for words in Block(page.name, 0, match[2]).make_lines():
            goals = [word for word in words if "=" not in word]
            given = [word.partition("=")[0] for word in words if "=" in word]
            assert objection(KNOWN, goals, given) == "", words


@every_run_page
def test_every_block_is_run_or_says_that_it_is_run_by_hand(page: Path) -> None:
    kinds = [match[1] for match in FENCED.finditer(page.read_text())]
    assert set(kinds) <= {"sh", "json", "text", "mermaid"}
    found = blocks(page)
    assert len(found) == kinds.count("sh")
    # What is shown is compared, so it follows the commands that print it.
    assert len([each for each in found if each.shown]) == kinds.count("json") + kinds.count("text")


@every_run_page
def test_what_is_run_by_hand_is_shell_all_the_same(page: Path) -> None:
    for block in blocks(page):
        ended = subprocess.run(["sh", "-n", "-c", block.commands], capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stderr) == (0, ""), block


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCED.sub("", page.read_text())):
        if re.match(r"https?:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in _anchors(target), link


def _anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_git_ignores_every_file_that_a_reader_writes(page: Path) -> None:
    """They hold phones and names."""
    text = page.read_text()
    written = {found for match in FENCED.finditer(text) for found in WRITTEN.findall(match[2])}
    # "`facts.json`:" and then what to put into it.
    written |= set(re.findall(r"^`([\w-]+\.[\w.]+)`:$", text, re.MULTILINE))
    written |= {f"{name}{more}" for name in written if name.endswith(".jsonl") for more in BESIDE_A_LOAD}
    for name in written:
        ignored = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
        assert ignored.returncode == 0, name


@every_page
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    for file, name in re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", page.read_text()):
        found = [each for each in (ROOT / "tests").rglob(file) if f"def {name}" in each.read_text()]
        assert found, (file, name)


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_every_decision_has_a_status_and_is_listed_with_it(page: Path) -> None:
    number, status = int(page.name[:4]), re.search(r"\n\n\*\*Status\*\*: (Accepted|Superseded)\b", page.read_text())
    listed = (ROOT / "docs/adr/README.md").read_text()
    assert status
    assert re.search(rf"^\| {number} \| \[.*\]\({page.name}\) \| {status[1].lower()}\b", listed, re.MULTILINE)


def test_the_readme_is_a_way_in() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


@every_page
def test_no_page_has_private_words_or_foreign_phrases(page: Path) -> None:
    # The parameter of `make mutants` is called so.
    text = page.read_text().replace("ROOM=", "")
    assert PRIVATE_WORDS.findall(text) == []


def test_what_differs_from_the_page_is_found() -> None:
    """The runner itself: a comparison that holds for anything would find nothing."""
    page = '{"id": "usr_0123456789abcdef", "at": "2026-11-23T02:00:46Z", "more": "…", "n": 1}'
    shown = Block("page", 1, "", page, "json")
    same = '{"id": "usr_fedcba9876543210", "at": "2027-01-01T00:00:00Z", "more": [1], "n": 1}'
    assert differs(shown, same) == ""
    assert differs(shown, same.replace('"n": 1', '"n": 2'))
    assert differs(shown, same.replace('"n": 1', '"n": 1, "new": 1'))
    assert differs(shown, same.replace("usr_", "era_"))
    text = Block("page", 1, "", "one …\n…\nthree\n", "text")
    assert differs(text, "one 1\nanything\nat all\nthree\n") == ""
    assert differs(text, "one 1\nthree\nfour\n")
    assert differs(text, "two\nthree\n")
