"""Functions fit on a screen and files are one thing each, so that a newcomer can read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from tests.house.statements import modules

ROOMS = ("bot", "handlers", "jobs", "storage", "playground")
LONGEST_FILE = 400
LONG_FUNCTION = 30
SHORT_FUNCTION = 10


def function_lengths() -> Iterator[int]:
    """Lines of each function from its `def` to its end, docstring left out."""
    for path in modules(*ROOMS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield (node.end_lineno or 0) - node.lineno + 1 - _docstring_lines(node)


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    if ast.get_docstring(node) is None:
        return 0
    return (node.body[0].end_lineno or 0) - node.body[0].lineno + 1


def test_half_of_the_functions_are_under_ten_lines_and_nine_in_ten_under_thirty() -> None:
    lengths = list(function_lengths())
    assert sum(n < SHORT_FUNCTION for n in lengths) >= 0.5 * len(lengths)
    assert sum(n < LONG_FUNCTION for n in lengths) >= 0.9 * len(lengths)


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _all_files()}
    assert {path: n for path, n in lengths.items() if n > LONGEST_FILE} == {}


def _all_files() -> Iterator[Path]:
    return chain(modules(*ROOMS), modules("tests", "benchmarks"))


def test_every_file_says_what_it_does() -> None:
    silent = [
        path
        for path in modules(*ROOMS)
        if (text := path.read_text(encoding="utf-8")).strip()
        and ast.get_docstring(ast.parse(text)) is None
    ]
    assert silent == []


def test_no_name_says_nothing() -> None:
    assert [p for p in modules(*ROOMS) if p.stem in ("utils", "util", "helpers", "misc")] == []
