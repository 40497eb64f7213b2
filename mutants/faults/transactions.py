"""The faults of transactions: an item is missing, or a condition always holds."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator

from mutants.faults.operators import Change

_ALWAYS = "attribute_exists(pk) OR attribute_not_exists(pk) OR "
"""Before a condition it makes it hold always, and its placeholders stay in use: DynamoDB refuses unused ones."""
_WRITES = {"Put", "Delete", "Update", "ConditionCheck"}
_CONDITIONS = {"ConditionExpression"}
_CONDITION_AT = {"put": 2, "delete": 2, "update": 3}
"""Which argument of a helper is the condition. That of `require` goes with the whole item."""
_LOGIC = re.compile(r"\s+(?:AND|OR)\s+")
_LOOKS_LIKE_A_CONDITION = re.compile(
    r"attribute_(not_)?exists\(|[\w#.]+ (=|<>|<=|>=|<|>) :\w+|begins_with\(|contains\("
)


def faults(node: ast.AST) -> Iterator[Change]:
    yield from _always(node)
    yield from _part(node)
    if isinstance(node, ast.Call):
        # Of a request to AWS: its parameters begin with a capital letter.
        for place, keyword in enumerate(node.keywords):
            if keyword.arg and keyword.arg[0].isupper():
                yield Change("drop parameter", node, "keywords", place, None)


def _always(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Dict(keys=keys, values=values):
            for place, key in enumerate(keys):
                if isinstance(key, ast.Constant) and key.value in _CONDITIONS:
                    yield Change("drop condition", node, "values", place, _or_always(values[place]))
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value="ConditionExpression"))], value=value):
            yield Change("drop condition", node, "value", None, _or_always(value))
        case ast.keyword(arg="ConditionExpression" | "condition", value=value):
            yield Change("drop condition", node, "value", None, _or_always(value))
        case ast.Call(func=function, args=args):
            place = _CONDITION_AT.get(function.id, len(args)) if isinstance(function, ast.Name) else len(args)
            if place < len(args):
                yield Change("drop condition", node, "args", place, _argument(args[place]))


def _argument(value: ast.expr) -> ast.expr:
    if not isinstance(value, ast.Starred):
        return _or_always(value)
    always = ast.parse(f"(lambda condition, *rest: ({_ALWAYS!r} + '(' + condition + ')', *rest))(*x)", mode="eval").body
    assert isinstance(always, ast.Call)  # noqa: S101 - as it is written
    always.args = [copy.deepcopy(value)]
    return ast.Starred(always, ast.Load())


def _or_always(value: ast.expr) -> ast.expr:
    made = ast.parse(f"{_ALWAYS!r} + '(' + x + ')'", mode="eval").body
    assert isinstance(made, ast.BinOp)  # noqa: S101 - as it is written
    assert isinstance(made.left, ast.BinOp)  # noqa: S101
    made.left.right = copy.deepcopy(value)
    return made


def _part(node: ast.AST) -> Iterator[Change]:
    """One side of a condition that is written out always holds."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _LOOKS_LIKE_A_CONDITION.search(node.value):
        parts = _LOGIC.split(node.value)
        # A query's condition on its key is no condition of a write.
        if len(parts) > 1 and not node.value.startswith(("SET ", "pk = ")) and "(" + parts[0] not in node.value:
            for part in parts:
                held = f"({_ALWAYS}{part})"
                yield Change(
                    "drop part of condition", node, "value", None, ast.Constant(node.value.replace(part, held, 1))
                )
                if " OR " in node.value:
                    never = f"(attribute_exists(pk) AND attribute_not_exists(pk) AND {part})"
                    yield Change(
                        "drop part of condition", node, "value", None, ast.Constant(node.value.replace(part, never, 1))
                    )


def is_write(node: ast.AST) -> bool:
    """Whether it makes one item of a transaction, or some."""
    match node:
        case ast.Dict(keys=[ast.Constant(value=key)]):
            return key in _WRITES
        case ast.Call(func=function):
            name = _name(function)
            return (
                name in _HELPERS
                or name.startswith(("put_", "require", "shut_", "departure"))
                or name.endswith("_writes")
            )
        case ast.Starred(value=value) | ast.Yield(value=ast.expr() as value) | ast.YieldFrom(value=value):
            return is_write(value)
        case ast.IfExp(body=body, orelse=other):
            return is_write(body) or is_write(other)
        case ast.List(elts=elements):
            return any(map(is_write, elements))
        case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
            return is_write(element)
    return False


_MAKES_WRITES = ("put_", "require", "shut_", "departure")
_HELPERS = {"put", "delete", "update", "require", "replace_customer", "count_late"}


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
