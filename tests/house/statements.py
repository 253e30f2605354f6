"""Finds every SQL statement in the code: as module constants, and by reading the source."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.databases import REPOSITORY

_SQL = re.compile(r"\s*(SELECT|INSERT\s+INTO|UPDATE\s+\w+|DELETE\s+FROM|MERGE\s+INTO|WITH\s+\w+)\s")
# Where statements may stand: rows are storage's, jobs are the engine's.
HOMES = ("storage", "jobs/engine")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement and where it stands (`storage/vault.py:8`)."""

    place: str
    text: str


def is_sql(text: object) -> bool:
    return isinstance(text, str) and _SQL.match(text) is not None


def modules(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from sorted((REPOSITORY / room).rglob("*.py"))


def constants() -> dict[str, Statement]:
    """The statements that are module constants, by their text: f-strings come out whole."""
    found = {}
    for path in modules(*HOMES):
        place = str(path.relative_to(REPOSITORY))
        name = place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for key, value in vars(importlib.import_module(name)).items():
            if is_sql(value):
                found[value] = Statement(f"{place}:{key}", value)
    return found


def literals(*rooms: str) -> Iterator[Statement]:
    """Every string in the source that reads as a statement, f-strings with `…` for their values."""
    for path in modules(*rooms):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = {id(part) for node in ast.walk(tree) for part in _parts(node)}
        for node in ast.walk(tree):
            if id(node) not in inside and is_sql(text := _text(node)):
                yield Statement(
                    f"{path.relative_to(REPOSITORY)}:{getattr(node, 'lineno', 0)}", text
                )


def _parts(node: ast.AST) -> list[ast.expr]:
    return node.values if isinstance(node, ast.JoinedStr) else []


def _text(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) or "…" for part in parts)
        case _:
            return ""
