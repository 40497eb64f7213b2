"""The faults that are planted in Python code: the classic ones."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple


class Change(NamedTuple):
    """One field of one node gets another value, or one item of the list that it holds."""

    operator: str
    owner: ast.AST
    field: str
    item: int | None
    new: ast.AST | None
    """Nothing: the item of the list is dropped."""


_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.Pow: ast.Mult,
}
_OPPOSITE = {"min": "max", "max": "min", "any": "all", "all": "any"}
_PLAIN = (ast.Name, ast.Attribute, ast.Constant)


def classic(node: ast.AST) -> Iterator[Change]:
    """The faults of one node itself."""
    match node:
        case ast.Compare(ops=ops):
            for place, each in enumerate(ops):
                for other in _COMPARISONS[type(each)]:
                    yield Change("comparison", node, "ops", place, other())
        case ast.BoolOp(op=op, values=values):
            yield Change("boolean", node, "op", None, ast.Or() if isinstance(op, ast.And) else ast.And())
            for place in range(len(values) if len(values) > 2 else 0):
                yield Change("boolean", node, "values", place, None)
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _ARITHMETIC:
            if not any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in (left, right)):
                yield Change("arithmetic", node, "op", None, _ARITHMETIC[type(op)]())
        case ast.Return(value=ast.expr() as value) if not _is_nothing(value):
            yield Change("return nothing", node, "value", None, ast.Constant(None))
        case ast.Call(func=ast.Name(id=name) as function) if name in _OPPOSITE:
            yield Change("opposite", function, "id", None, ast.Name(_OPPOSITE[name]))
    yield from _swapped(node)
    yield from _tests(node)
    yield from _constants(node)
    yield from _dropped(node)
    yield from _statements(node)


def _swapped(node: ast.AST) -> Iterator[Change]:
    # The lesser of two is the same in either order.
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") not in _OPPOSITE:
        for place, (one, other) in enumerate(zip(node.args, node.args[1:], strict=False)):
            if isinstance(one, _PLAIN) and isinstance(other, _PLAIN) and ast.dump(one) != ast.dump(other):
                swapped = [*node.args[:place], other, one, *node.args[place + 2 :]]
                yield Change("swap arguments", node, "args", None, ast.List(swapped, ast.Load()))


def _tests(node: ast.AST) -> Iterator[Change]:
    """A test that is neither a comparison nor a conjunction, which have faults of their own, is negated."""
    tests: list[tuple[str, int | None, ast.expr]] = []
    match node:
        case ast.If() | ast.IfExp() | ast.While() | ast.Assert():
            tests = [("test", None, node.test)] if not isinstance(node, ast.Assert) else []
        case ast.comprehension(ifs=ifs):
            tests = [("ifs", place, each) for place, each in enumerate(ifs)]
        case ast.BoolOp(values=values):
            tests = [("values", place, each) for place, each in enumerate(values)]
        case ast.match_case(guard=ast.expr() as guard):
            tests = [("guard", None, guard)]
    for field, place, test in tests:
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            yield Change("negate", node, field, place, copy.deepcopy(test.operand))
        elif not isinstance(test, ast.Compare | ast.BoolOp) and not _in_type_checking(test):
            yield Change("negate", node, field, place, ast.UnaryOp(ast.Not(), copy.deepcopy(test)))


def _constants(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield Change("constant", node, "value", None, ast.Constant(not node.value))
        elif isinstance(node.value, int | float):
            yield Change("constant", node, "value", None, ast.Constant(node.value + 1))


def _dropped(node: ast.AST) -> Iterator[Change]:
    """An item of a list or a set, an entry of a dictionary, a case, a handler."""
    match node:
        case ast.List(elts=elements, ctx=ast.Load()) | ast.Set(elts=elements) if len(elements) > 1:
            for place in range(len(elements)):
                yield Change("drop element", node, "elts", place, None)
        case ast.Dict(keys=keys) if len(keys) > 1:
            for place in range(len(keys)):
                yield Change("drop entry", node, "keys", place, None)
        case ast.Match(cases=cases) if len(cases) > 1:
            for place in range(len(cases)):
                yield Change("drop case", node, "cases", place, None)
        case ast.ExceptHandler():
            yield Change("do not catch", node, "body", None, ast.Raise())


def _statements(node: ast.AST) -> Iterator[Change]:
    for field in ("body", "orelse", "finalbody"):
        for place, each in enumerate(_list(node, field)):
            match each:
                case ast.Expr(value=ast.Yield() | ast.YieldFrom()):
                    nothing = ast.Expr(ast.YieldFrom(ast.Tuple([], ast.Load())))
                    yield Change("drop statement", node, field, place, nothing)
                case ast.Expr(value=ast.Call() | ast.Await()) | ast.AugAssign() | ast.Delete():
                    yield Change("drop statement", node, field, place, ast.Pass())
                case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
                    yield Change("drop statement", node, field, place, ast.Pass())
                case ast.Raise():
                    yield Change("drop raise", node, field, place, ast.Pass())
                case ast.Continue() | ast.Break():
                    yield Change("drop jump", node, field, place, ast.Pass())


def _list(node: ast.AST, field: str) -> list[ast.AST]:
    found = getattr(node, field, [])
    return found if isinstance(found, list) else []


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_nothing(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _in_type_checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"
