"""How code is shown: in the name of a mutant, and in the report."""

from __future__ import annotations

import ast

LONGEST = 160


def text(node: ast.AST) -> str:
    """The source of it; of a compound statement the head."""
    if isinstance(node, ast.Module):
        return ""
    whole = ast.unparse(node)
    compound = ast.FunctionDef | ast.ClassDef | ast.For | ast.While | ast.If | ast.With | ast.Try | ast.Match
    if isinstance(node, compound):
        head = whole.splitlines()
        while head and head[0].startswith("@"):
            del head[0]
        return "\n".join(head[:1] if not isinstance(node, ast.Try | ast.Match) else head[:24])
    return whole


def short(words: str, longest: int = LONGEST) -> str:
    line = " ".join(words.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
