"""The command blocks of a document: what a reader pastes, and what the document says that it prints.

    sh            run, in order, in one shell
    json, text    what the block of commands before it prints; `…` stands for anything, alone in a line for any lines
    sh, # by hand a first line that begins so: a reader runs it, a test only checks that its commands exist

Ids, times and the address of the API differ from run to run, and are not compared.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BY_HAND = "# by hand: "
ON_AN_ACCOUNT = "# on an account"
API = "http://127.0.0.1:4566/v1/partner"
ANYTHING = "…"
VARIES = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"\b(usr|ses|era|evt|ver|exp|mrg)_[0-9a-f]{8,}\b"), r"<\1>"),
    (re.compile(r"\b(?!(\d)\1{7}-)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
)
END = "end of the block"


def text_of(page: Path) -> str:
    """A page, with the blocks within its numbered lists at the left edge."""
    return re.sub(r"^ {3}", "", page.read_text(), flags=re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """Some commands, and what they print where the document shows it."""

    document: str
    line: int
    commands: str
    shown: str = ""
    kind: str = ""

    @property
    def by_hand(self) -> bool:
        return self.commands.startswith(BY_HAND)

    @property
    def on_an_account(self) -> bool:
        """Whether it needs what no emulator has."""
        return self.commands.startswith(ON_AN_ACCOUNT)

    def make_lines(self) -> Iterator[list[str]]:
        """The words behind each `make`."""
        for found in re.finditer(r"(?:^|[(;|&] *)make ([^\n)|>;#]+)", self.commands, re.MULTILINE):
            yield [word for word in shlex.split(found[1].replace("\\", "")) if not word.startswith("-")]


def blocks(path: Path) -> list[Block]:
    """Those with commands, in their order."""
    text, found = path.read_text(), []
    for match in FENCED.finditer(text):
        kind, body = match[1], match[2]
        line = text.count("\n", 0, match.start()) + 1
        if kind == "sh":
            found.append(Block(path.name, line, body))
        elif kind in ("json", "text") and found and not found[-1].shown:
            before = found.pop()
            found.append(Block(before.document, before.line, before.commands, body, kind))
    return found


def lists(page: Path, *, locally: str = " STACK=$stack") -> dict[str, list[Block]]:
    """The blocks of commands below each heading, as they are for the local stack: without `locally`."""
    text, found = text_of(page), dict[str, list[Block]]()
    for section in re.split(r"^(?=##+ )", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        found[title.lstrip("# ")] = [
            Block(page.name, text.count("\n", 0, text.index(section)) + 1, match[2].replace(locally, ""))
            for match in FENCED.finditer(body)
            if match[1] == "sh"
        ]
    return found


class Shell:
    """One shell for all blocks of a document. It ends with the first command that fails."""

    def __init__(self, folder: Path, environment: Mapping[str, str], api: str) -> None:
        self._folder = folder
        self._api = api
        self._errors = folder / ".errors"
        self._shell = subprocess.Popen(
            ["sh", "-eu"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, block: Block) -> str:
        """What the block prints. Fails with it when a command fails or the API refuses something."""
        assert self._shell.stdin
        assert self._shell.stdout
        (script := self._folder / ".block").write_text(block.commands.replace(API, self._api))
        self._shell.stdin.write(f". ./{script.name} </dev/null 2>{self._errors.name}; echo; echo '{END}'\n")
        self._shell.stdin.flush()
        lines: list[str] = []
        while (line := self._shell.stdout.readline()) and line != f"{END}\n":
            lines.append(line)
        printed = "".join(lines).replace(self._api, API)
        where = f"{block.document}:{block.line}\n{block.commands}\n{printed}\n{self._errors.read_text()}"
        assert line, f"A command failed: {where}"
        assert '"ok":false' not in printed, where
        return printed

    def say(self, commands: str) -> str:
        """What commands print that stand in no document."""
        return self.run(Block("here", 0, commands))

    def close(self) -> None:
        self._shell.communicate(timeout=120)


def differs(block: Block, printed: str) -> str:
    """Where what was printed is not what the document shows; nothing where it is."""
    if block.kind == "json":
        return "; ".join(_differences(json.loads(block.shown), json.loads(printed), "$"))
    pattern = "".join(_pattern(line) for line in _same(block.shown).splitlines())
    if re.fullmatch(pattern, _same(printed).strip("\n") + "\n"):
        return ""
    return f"shown:\n{block.shown}\nprinted:\n{printed}"


def _pattern(line: str) -> str:
    if line == ANYTHING:
        return r"(?:.*\n)*"
    return ".*".join(map(re.escape, line.split(ANYTHING))) + r"\n"


def _same(text: str) -> str:
    for varying, name in VARIES:
        text = varying.sub(name, text)
    return text


def _differences(shown: Any, printed: Any, where: str) -> Iterator[str]:
    if shown == ANYTHING:
        return
    if isinstance(shown, dict) and isinstance(printed, dict):
        more = printed.keys() - shown.keys() if ANYTHING not in shown else set()
        if lacking := (shown.keys() - printed.keys() - {ANYTHING}) | more:
            yield f"{where}: {sorted(lacking)} are in one of the two only"
        for name in shown.keys() & printed.keys():
            yield from _differences(shown[name], printed[name], f"{where}.{name}")
    elif isinstance(shown, list) and isinstance(printed, list) and len(shown) == len(printed):
        for number, (one, other) in enumerate(zip(shown, printed, strict=True)):
            yield from _differences(one, other, f"{where}[{number}]")
    elif _same(str(shown)) != _same(str(printed)) or type(shown) is not type(printed):
        yield f"{where}: shown {shown!r}, printed {printed!r}"
