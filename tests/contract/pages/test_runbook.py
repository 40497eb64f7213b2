"""Every command of the AWS CLI in the pages is one that the services' own models accept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stack.aws_command import NotACommandError, commands_in, read
from tests.support.stack.documents import FENCED, text_of
from tests.support.tables import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
INLINE = re.compile(r"`(aws [^`]+)`")
FILE = re.compile(r"^`([\w-]+\.json)`:\n\n```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LISTS = ("Deploy", "Upgrade", "Roll back", "Move to a domain of your own", "Rotate keys", "Leave")


def _commands(page: Path) -> Iterator[list[str]]:
    text = text_of(page)
    for match in FENCED.finditer(text):
        if match[1] in ("", "sh"):
            yield from commands_in(match[2])
    for said in INLINE.findall(FENCED.sub("", text)):
        for words in commands_in(" ".join(said.split())):
            # A mention alone is no command: it is there with its parameters elsewhere.
            if len(words) > 2:
                yield words


@pytest.fixture(autouse=True)
def shown_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that a reader writes first, as the pages show them."""
    for page in PAGES:
        for name, content in FILE.findall(page.read_text()):
            (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_the_cli_is_one_that_the_service_takes(page: Path) -> None:
    for words in _commands(page):
        read(words)


def test_the_pages_have_such_commands() -> None:
    found = [words for page in PAGES for words in _commands(page)]
    assert len(found) > 40
    assert len({tuple(words[:2]) for words in found}) > 20


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("aws dynamo delete-table --table-name x", "there is no service dynamo"),
        ("aws dynamodb drop-table --table-name x", "dynamodb has no drop-table"),
        ("aws dynamodb delete-table --name x", "has no --name"),
        ("aws dynamodb delete-table", 'Missing required parameter in input: "TableName"'),
        ('aws events put-events --entries \'[{"Bus": "x"}]\'', 'Unknown parameter in Entries\\[0\\]: "Bus"'),
        ("aws apigateway update-stage --rest-api-id x --stage-name v1 --patch-operations op=change,way=/", '"way"'),
    ],
)
def test_a_command_that_the_cli_would_refuse_is_found(wrong: str, told: str) -> None:
    (words,) = commands_in(wrong)
    with pytest.raises(NotACommandError, match=told):
        read(words)


def test_commands_are_found_in_the_shell_around_them() -> None:
    text = """\
for each in a b; do
  aws sqs purge-queue --queue-url "$(aws sqs get-queue-url --queue-name "$each" --output text)" | cat
done
named() { aws sts get-caller-identity --query Account; }
"""
    assert [words[:2] for words in commands_in(text)] == [
        ["sqs", "get-queue-url"],
        ["sqs", "purge-queue"],
        ["sts", "get-caller-identity"],
    ]


@pytest.mark.parametrize("name", LISTS)
def test_every_part_of_a_stacks_life_has_its_list_in_the_runbook(name: str) -> None:
    text = (ROOT / "docs/runbook.md").read_text()
    section = text.partition(f"\n### {name}\n")[2].partition("\n### ")[0].partition("\n## ")[0]
    assert [match[1] for match in FENCED.finditer(section) if match[1] == "sh"], name


def test_the_files_that_the_pages_show_are_json() -> None:
    names = [name for page in PAGES for name, content in FILE.findall(page.read_text()) if json.loads(content)]
    assert {"facts.json", "disable.json", "domain.json"} <= set(names)
