"""Every place where a process can be killed between two effects, read from the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.databases import REPOSITORY

_ROOMS = ("bot", "handlers", "jobs", "storage")
_TRANSACTIONS = {"transaction", "routing", "call", "call_together"}
_CALLS = {"slack_call", "_in_time"}


def _calls() -> Iterator[ast.Call]:
    for room in _ROOMS:
        for path in sorted((REPOSITORY / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def transactions() -> set[str]:
    """The names of all transactions that are given where they are opened."""
    return {
        str(keyword.value.value)
        for call in _calls()
        if _called(call) in _TRANSACTIONS
        for keyword in call.keywords
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
    } | {"github_delivery"}  # put together from its source's name


def outside_calls() -> set[str]:
    """The names of all calls to Slack."""
    return {
        str(call.args[0].value)
        for call in _calls()
        if _called(call) in _CALLS and call.args and isinstance(call.args[0], ast.Constant)
    }


def all_places() -> set[str]:
    commits = {f"{name}.{side}_commit" for name in transactions() for side in ("before", "after")}
    calls = {f"slack.{name}.{side}" for name in outside_calls() for side in ("before", "after")}
    return commits | calls


def around(*names: str) -> list[str]:
    """The places before and after each of these, in order; a call to Slack starts with `slack.`."""
    places = []
    for name in names:
        end = "" if name.startswith("slack.") else "_commit"
        places += [f"{name}.before{end}", f"{name}.after{end}"]
    return places
