"""What must be deployed: the stack's own template, with its references replaced by what they stand for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from admin.stack.location import Stack


class Unknown:
    """A value that only CloudFormation knows, such as an ARN. It equals nothing but itself: do not compare it."""


UNKNOWN = Unknown()
ABSENT = Unknown()


@dataclass(frozen=True)
class Resource:
    """A deployed resource, and the properties that its template gives it."""

    kind: str
    id: str
    """The physical id."""
    properties: Mapping[str, Any]


class Expected:
    """The resources of a stack by their logical ids. A resource that a condition leaves out is not among them."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self._resources = resources

    @classmethod
    def of(cls, stack: Stack) -> Expected:
        """Three requests of CloudFormation."""
        client: Any = stack.client("cloudformation")
        body = client.get_template(StackName=stack.name, TemplateStage="Processed")["TemplateBody"]
        template = json.loads(body) if isinstance(body, str) else body
        given = client.describe_stacks(StackName=stack.name)["Stacks"][0].get("Parameters", [])
        parameters = {each["ParameterKey"]: each["ParameterValue"] for each in given}
        pages = client.get_paginator("list_stack_resources").paginate(StackName=stack.name)
        deployed = [each for page in pages for each in page["StackResourceSummaries"]]
        physical = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in deployed}
        resolve = Resolver(template["Conditions"], parameters | physical | {"AWS::StackName": stack.name})
        return cls(
            {
                name: Resource(each["Type"], physical[name], resolve(each.get("Properties", {})))
                for name, each in template["Resources"].items()
                if name in physical
            }
        )

    def __getitem__(self, name: str) -> Resource:
        return self._resources[name]

    def all(self, kind: str) -> Iterator[tuple[str, Resource]]:
        """The logical id and the resource, of one type."""
        return ((name, each) for name, each in self._resources.items() if each.kind == kind)


class Resolver:
    """Replaces intrinsic functions. What only CloudFormation knows becomes `UNKNOWN`."""

    def __init__(self, conditions: Mapping[str, Any], names: Mapping[str, str]) -> None:
        self._conditions = conditions
        self._names = names
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::If": lambda of: self(of[1] if self._holds(of[0]) else of[2]),
            "Fn::Sub": self._sub,
            "Fn::Equals": lambda of: str(self(of[0])) == str(self(of[1])),
            "Fn::Not": lambda of: not self(of[0]),
            "Fn::And": lambda of: all(map(self, of)),
            "Fn::Or": lambda of: any(map(self, of)),
            "Condition": self._holds,
        }

    def __call__(self, value: Any) -> Any:
        if isinstance(value, list):
            return [each for each in map(self, value) if each is not ABSENT]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            (name,) = value
            if name in self._functions:
                return self._functions[name](value[name])
            if name.startswith("Fn::"):
                return UNKNOWN
        return {name: found for name, each in value.items() if (found := self(each)) is not ABSENT}

    def _holds(self, condition: str) -> bool:
        return bool(self(self._conditions[condition]))

    def _ref(self, name: str) -> Any:
        return ABSENT if name == "AWS::NoValue" else self._names.get(name, UNKNOWN)

    def _sub(self, of: Any) -> Any:
        text = of if isinstance(of, str) else of[0]
        names = re.findall(r"\$\{([^}]+)\}", text)
        if not isinstance(of, str) or not all(name in self._names for name in names):
            return UNKNOWN
        return re.sub(r"\$\{([^}]+)\}", lambda found: self._names[found[1]], text)
