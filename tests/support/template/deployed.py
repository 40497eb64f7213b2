"""The template as AWS gets it: translated by SAM, and every intrinsic function replaced by the name it stands for.

A resource stands for itself: `!Ref FactsQueue` is "FactsQueue", `!GetAtt FactsQueue.Arn` is "FactsQueue.Arn".
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Callable
from functools import cache
from typing import Any

from tests.support.tables import ROOT

PYTHON = ROOT / ".local/tools/bin/python"
TRANSLATE = ROOT / "tests/support/template/translate.py"
KEPT = ROOT / ".cache/translated"
ON_AWS = {"AlarmTopicArn": "the topic", "Issuer": "the issuer"}
_ABSENT = object()


@cache
def translated() -> dict[str, Any]:
    """What SAM makes of the template. To ask it takes seconds; what it said of the same template is kept."""
    asked = [ROOT / "template.yaml", TRANSLATE, ROOT / "requirements/tools.txt"]
    kept = KEPT / f"{hashlib.sha256(b''.join(each.read_bytes() for each in asked)).hexdigest()}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        for old in kept.parent.glob("*.json"):
            old.unlink(missing_ok=True)
        written = kept.with_suffix(f".{os.getpid()}")
        written.write_text(_translate())
        written.replace(kept)
    found: dict[str, Any] = json.loads(kept.read_text())
    return found


def _translate() -> str:
    command = [str(PYTHON), "-P", str(TRANSLATE), str(ROOT / "template.yaml")]
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Resolver:
    """Replaces intrinsic functions, for a stack with these parameters."""

    def __init__(self, template: dict[str, Any], **parameters: str) -> None:
        defaults = {name: each.get("Default", "") for name, each in template["Parameters"].items()}
        self._parameters = {**defaults, **parameters}
        self._conditions = template["Conditions"]
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": lambda of: of if isinstance(of, str) else ".".join(of),
            "Fn::Sub": self._sub,
            "Fn::If": self._if,
            "Fn::Equals": lambda of: str(self(of[0])) == str(self(of[1])),
            "Fn::Not": lambda of: not self(of[0]),
            "Fn::And": lambda of: all(map(self, of)),
            "Fn::Split": self._split,
            "Fn::Select": lambda of: self(of[1])[int(of[0])],
            "Condition": lambda of: self.holds(of),
            "Fn::Join": lambda of: of[0].join(map(str, self(of[1]))),
        }

    def __call__(self, value: Any) -> Any:
        if isinstance(value, list):
            return [each for each in map(self, value) if each is not _ABSENT]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and (name := next(iter(value))) in self._functions:
            return self._functions[name](value[name])
        return {name: found for name, each in value.items() if (found := self(each)) is not _ABSENT}

    def holds(self, condition: str) -> bool:
        return bool(self(self._conditions[condition]))

    def _ref(self, name: str) -> Any:
        return _ABSENT if name == "AWS::NoValue" else self._parameters.get(name, name)

    def _sub(self, of: Any) -> str:
        text, own = (of, {}) if isinstance(of, str) else of
        return re.sub(r"\$\{([^}]+)\}", lambda found: str(self(own.get(found[1], {"Ref": found[1]}))), text)

    def _split(self, of: Any) -> list[str]:
        """Of the ARN of a rule, which names its bus before it, the last part is the rule's name."""
        separator, text = of[0], str(self(of[1]))
        name = text.removesuffix(".Arn")
        return text.split(separator) if name == text else f"arn:rule/bus/{name}".split(separator)

    def _if(self, of: Any) -> Any:
        condition, yes, no = of
        return self(yes if self.holds(condition) else no)


@cache
def resources(**parameters: str) -> dict[str, Any]:
    """Every resource that such a stack has, by its logical id."""
    template = translated()
    resolve = Resolver(template, **{**ON_AWS, **parameters})
    return {
        name: resolve(each)
        for name, each in template["Resources"].items()
        if "Condition" not in each or resolve.holds(each["Condition"])
    }


def properties(kind: str, **parameters: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a type, such as `AWS::SQS::Queue`."""
    return {
        name: each.get("Properties", {})
        for name, each in sorted(resources(**parameters).items())
        if each["Type"] == kind
    }


def functions() -> dict[str, dict[str, Any]]:
    return properties("AWS::Lambda::Function")


def held_by(function: str) -> list[dict[str, Any]]:
    """The statements of a function's own role and, for an operation of administrators, of the role of its tenants."""
    tenants = f"{function.removesuffix('Function')}TenantRole"
    rows = policies(tenants) if tenants in resources() else []
    unconditional = [{name: value for name, value in each.items() if name != "Condition"} for each in rows]
    return [*policies(f"{function}Role"), *unconditional]


def policies(role: str) -> list[dict[str, Any]]:
    """The statements of a role."""
    found = []
    for policy in resources()[role]["Properties"].get("Policies", []):
        statement = policy["PolicyDocument"]["Statement"]
        found += statement if isinstance(statement, list) else [statement]
    return found
