"""Mutants of a Python file: which there are, and the code of one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

from mutants.faults import transactions
from mutants.faults.operators import Change, classic
from mutants.faults.wording import LONGEST, short, text
from mutants.mutant import Mutant, numbered

_ERASURE = ("seal", "sweep", "erasure", "erase", "receipt")
_NUMBERS = {"constant", "arithmetic"}
_MESSAGE = (ast.JoinedStr, ast.Raise)


class _Place(NamedTuple):
    """Where a node is: the function, the statement, what holds it, and whether it only words something."""

    function: str
    inside: bool
    """Of a function, as opposed to code that runs at import."""
    statement: ast.AST
    holder: ast.AST
    message: bool


def mutants_of(root: Path, file: str, room: str) -> list[Mutant]:
    tree = ast.parse((root / file).read_text())
    numbers = {id(node): number for number, node in enumerate(ast.walk(tree))}
    return list(numbered(_mutants(tree, numbers, file, room)))


def _mutants(tree: ast.Module, numbers: dict[int, int], file: str, room: str) -> Iterator[Mutant]:
    for node, place in _walk(tree, _Place("", False, tree, tree, False)):
        for change in [*transactions.faults(node), *classic(node)]:
            yield _mutant(change, place, numbers, file, room)


def _mutant(change: Change, place: _Place, numbers: dict[int, int], file: str, room: str) -> Mutant:
    owner, index = change.owner, change.item
    child = getattr(owner, change.field)[index] if index is not None else None
    statement = child if isinstance(child, ast.stmt) else place.statement
    of_statement = isinstance(child, ast.stmt | ast.match_case)
    shown = child if of_statement and child is not None else _shown(owner, place)
    dropped = "" if child is None or of_statement else f" {text(child)}"
    before = text(shown)
    operator = _operator(change, child, place)
    undo = apply(change)
    after = "" if of_statement else text(shown)
    undo()
    line = getattr(statement, "lineno", 1)
    inside = place.inside or (isinstance(owner, ast.FunctionDef) and change.field == "body")
    told = f"{operator}:{dropped}" if change.new is None else f"{operator}: {short(before)}"
    if change.new is not None and not of_statement and operator != "drop condition":
        told += f" → {short(after)}"
    return Mutant(
        file, room, place.function or "(module)", short(told, 2 * LONGEST), _severity(operator, place, file),
        line, (numbers[id(owner)], change), not inside,
    )  # fmt: skip


def _operator(change: Change, child: ast.AST | None, place: _Place) -> str:
    if change.operator in ("drop element", "drop statement") and child is not None:
        yielded = child.value if isinstance(child, ast.Expr) else child
        if transactions.is_write(yielded) or transactions.is_write(change.owner):
            return "drop item"
    return change.operator


def _shown(owner: ast.AST, place: _Place) -> ast.AST:
    if isinstance(owner, ast.Constant | ast.Name) or not isinstance(owner, ast.expr | ast.stmt | ast.keyword):
        return place.holder
    return owner


def _severity(operator: str, place: _Place, file: str) -> str:
    if place.message and operator not in ("drop raise",):
        return "message"
    if operator in ("drop item", "drop condition", "drop part of condition"):
        return "transaction"
    name = f"{file} {place.function}".lower()
    if any(word in name for word in _ERASURE) and operator not in _NUMBERS:
        return "erasure"
    if operator in ("drop raise", "do not catch"):
        return "refusal"
    return "number" if operator in _NUMBERS else "logic"


def _walk(node: ast.AST, place: _Place) -> Iterator[tuple[ast.AST, _Place]]:
    yield node, place
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_declaration(node, field, child, place):
                yield from _walk(child, _inside(place, node, field, child))


def _is_declaration(node: ast.AST, field: str, child: ast.AST, place: _Place) -> bool:
    """What says of which type something is, that it is a dataclass, or that `zip` gets lists of one length, changes
    nothing that runs.
    """
    if field in ("annotation", "returns", "keys") or (field == "keywords" and ast.unparse(node).startswith("zip(")):
        return True
    if isinstance(node, ast.Subscript) and field == "slice":
        return not place.inside
    return field == "decorator_list" and ast.unparse(child).startswith("dataclass")


def _inside(place: _Place, node: ast.AST, field: str, child: ast.AST) -> _Place:
    function, inside = place.function, place.inside
    if isinstance(child, ast.FunctionDef | ast.ClassDef):
        function = f"{function}.{child.name}".strip(".")
    if isinstance(node, ast.FunctionDef | ast.Lambda) and field == "body":
        inside = True
    statement = child if isinstance(child, ast.stmt) else place.statement
    holder = (
        child if isinstance(child, ast.stmt) or (isinstance(child, ast.expr) and not _is_small(child)) else place.holder
    )
    return _Place(function, inside, statement, holder, place.message or isinstance(child, _MESSAGE))


def _is_small(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant | ast.Name)


def apply(change: Change) -> Callable[[], None]:
    """Change the tree; what comes back undoes it."""
    owner, field, index, new = change.owner, change.field, change.item, change.new
    old = getattr(owner, field)
    kept = list(old) if isinstance(old, list) else old
    if change.operator == "drop entry":
        assert isinstance(owner, ast.Dict) and index is not None  # noqa: S101, PT018 - as it was made
        values = list(owner.values)
        owner.keys = [each for place, each in enumerate(owner.keys) if place != index]
        owner.values = [each for place, each in enumerate(owner.values) if place != index]

        def undo() -> None:
            owner.keys, owner.values = kept, values

        return undo
    setattr(owner, field, _changed(owner, old, index, new))
    return lambda: setattr(owner, field, kept)


def _changed(owner: ast.AST, old: Any, index: int | None, new: ast.AST | None) -> Any:
    if isinstance(old, list):
        if index is None:
            return new.elts if isinstance(new, ast.List) else [new]
        made = list(old)
        made[index : index + 1] = [] if new is None else [new]
        return made
    if isinstance(owner, ast.Constant) and isinstance(new, ast.Constant):
        return new.value
    if isinstance(owner, ast.Name) and isinstance(new, ast.Name):
        return new.id
    return new


def _planted(root: Path, mutant: Mutant) -> tuple[ast.Module, ast.stmt, Callable[[], None]]:
    """A tree with the fault in it, the statement that begins on its line, and how to undo it."""
    tree = ast.parse((root / mutant.file).read_text())
    number, change = mutant.edit
    nodes = list(ast.walk(tree))
    statement = next((each for each in nodes if isinstance(each, ast.stmt) and each.lineno == mutant.line), ast.Pass())
    return tree, statement, apply(change._replace(owner=nodes[number]))


def code_of(root: Path, mutant: Mutant) -> CodeType:
    """The compiled file with the fault in it."""
    return compile(tree_of(root, mutant), str(root / mutant.file), "exec", dont_inherit=True)


def sides(root: Path, mutant: Mutant) -> tuple[str, str]:
    """The statement as it is and with the fault in it."""
    tree, statement, undo = _planted(root, mutant)
    after = text(statement) if statement in ast.walk(tree) else ""
    undo()
    return text(statement), after


def tree_of(root: Path, mutant: Mutant) -> ast.Module:
    """The file with the fault in it. New nodes get the place of what they are in."""
    tree, _, _ = _planted(root, mutant)

    def walk(node: ast.AST, line: int, column: int) -> None:
        if "lineno" in node._attributes and not hasattr(node, "lineno"):
            node.lineno = node.end_lineno = line  # type: ignore[attr-defined]
            node.col_offset = node.end_col_offset = column  # type: ignore[attr-defined]
        line, column = getattr(node, "lineno", line), getattr(node, "col_offset", column)
        for child in ast.iter_child_nodes(node):
            walk(child, line, column)

    walk(tree, 1, 0)
    return tree
