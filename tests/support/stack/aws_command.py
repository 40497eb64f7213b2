"""Commands of the AWS CLI, read by the service models that the CLI itself is made from.

A command of a page can be checked without an account: service, operation, parameters and their shapes. Against the
local stack `python -m tests.support.stack.aws_command …` carries it out. It knows what the pages use, and refuses the
rest.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import botocore.session
import jmespath  # type: ignore[import-untyped]  # botocore brings it, without types
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.validate import ParamValidator

OWN = {("s3", "rm"), ("logs", "tail")}
"""Commands that the CLI makes of several operations. No model knows their parameters."""
GLOBAL = ("query", "output", "region", "endpoint-url", "max-items")
_OPERATORS = "();|&{}"
_NESTED = re.compile(r"\$\(([^()]*)\)")
_LOADER = Loader(include_default_search_paths=True)


class NotACommandError(ValueError):
    """The CLI would refuse the command."""


@dataclass
class Command:
    """A command that its model accepts."""

    service: str
    operation: str
    params: dict[str, Any] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)


def commands_in(text: str) -> Iterator[list[str]]:
    """The words of each `aws …` in a block of shell, those within `$(…)` first."""
    text = text.replace("\\\n", " ")
    while found := _NESTED.search(text):
        yield from commands_in(found[1])
        text = text[: found.start()] + "nested" + text[found.end() :]
    for line in text.splitlines():
        words = _words(line)
        for operator, command in groupby(words, key=lambda word: set(word) <= set(_OPERATORS)):
            said = list(command)
            if not operator and "aws" in said:
                # Before it stand variables of its environment, or a word such as `do`.
                yield said[said.index("aws") + 1 :]


def _words(line: str) -> list[str]:
    """With operators as words of their own. Raises `ValueError` where a quotation does not end."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace_split = True
    lexer.commenters = "#" if line.lstrip().startswith("#") or " # " in line else ""
    return list(lexer)


def read(words: Sequence[str]) -> Command:
    """Raises `NotACommandError` where service, operation, a parameter or its shape is not of the model."""
    words = list(words)
    before = {}
    while words and words[0].startswith("--"):
        before[words.pop(0)[2:]] = words.pop(0)
    service, name, *rest = words
    if (service, name) in OWN:
        return Command(service, name)
    model = _model(service)
    operation = next((each for each in model.operation_names if xform_name(each, "-") == name), None)
    if operation is None:
        raise NotACommandError(f"{service} has no {name}")
    command = Command(service, operation, options=before)
    _take(command, model.operation_model(operation), rest)
    shape = model.operation_model(operation).input_shape
    report = ParamValidator().validate(command.params, shape) if shape else None
    if report and report.has_errors():
        raise NotACommandError(f"aws {service} {name}: {report.generate_report()}")
    return command


def _model(service: str) -> ServiceModel:
    try:
        return ServiceModel(_LOADER.load_service_model(service, "service-2"), service)
    except Exception as error:
        raise NotACommandError(f"there is no service {service}") from error


def _take(command: Command, model: OperationModel, rest: list[str]) -> None:
    members = {xform_name(each, "-"): (each, shape) for each, shape in _members(model)}
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            raise NotACommandError(f"{word} belongs to no parameter")
        name = word[2:]
        values = []
        while rest and not rest[0].startswith("--"):
            values.append(rest.pop(0))
        if name in GLOBAL:
            (command.options[name],) = values
        elif name.startswith("no-") and name[3:] in members and not values:
            command.params[members[name[3:]][0]] = False
        elif name in members:
            member, shape = members[name]
            command.params[member] = _value(shape, values)
        else:
            raise NotACommandError(f"{command.service} {command.operation} has no --{name}")


def _members(model: OperationModel) -> list[tuple[str, Any]]:
    return [*model.input_shape.members.items()] if model.input_shape else []


def _value(shape: Any, values: list[str]) -> Any:
    if not values and shape.type_name == "boolean":
        return True
    (first, *more) = values or [""]
    if first.startswith("file://"):
        file = Path(first.removeprefix("file://"))
        # A page shows the file's content beside the command.
        return json.loads(file.read_text())
    if shape.type_name != "string" and first.lstrip().startswith(("{", "[")):
        return json.loads(first.replace("…", "x"))
    if shape.type_name == "list":
        return [_one(shape.member, each) for each in values]
    if more:
        raise NotACommandError(f"{' '.join(more)} is too much")
    return _one(shape, first)


def _one(shape: Any, text: str) -> Any:
    match shape.type_name:
        case "structure" | "map":
            fields = dict(part.partition("=")[::2] for part in text.split(","))
            if shape.type_name == "map":
                return fields
            return {
                name: _one(shape.members[name], value) for name, value in fields.items() if name in shape.members
            } | {name: value for name, value in fields.items() if name not in shape.members}
        case "integer" | "long":
            return int(text) if text.isdigit() else 1
        case "boolean":
            return text == "true"
        case "timestamp" if text.startswith("$"):
            return "2026-01-01T00:00:00Z"
        case "list":
            return [_one(shape.member, text)]
        case _:
            return text


def run(words: Sequence[str]) -> int:
    """Carry a command out at `AWS_ENDPOINT_URL`, and print what the CLI prints."""
    command = read(words)
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    session = botocore.session.get_session()
    if (command.service, command.operation) in OWN:
        raise NotACommandError(f"aws {command.service} {command.operation} is not carried out here")
    client = session.create_client(command.service, endpoint_url=endpoint)
    answer = getattr(client, xform_name(command.operation))(**command.params)
    answer.pop("ResponseMetadata", None)
    if "query" in command.options:
        answer = jmespath.search(command.options["query"], answer)
    if command.options.get("output") == "text":
        print("\t".join(map(str, answer)) if isinstance(answer, list) else answer)
    elif answer:
        print(json.dumps(answer, indent=4, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
