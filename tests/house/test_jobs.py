"""Every job that anybody queues has somebody who does it."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from typing import Any

from bot.app.times import utc_now
from jobs import registry
from tests.databases import REPOSITORY
from tests.house.statements import modules

_IN_SQL = re.compile(r"enqueue_jobs?\(\s*(?:ARRAY\[|array_fill\()?'([a-z_.]+)'")
# The clock queues what its schedule says, and the registry's schedules are looked at below.
_FROM_SCHEDULES = {"self.schedule.entrypoint"}


def entrypoints() -> set[str]:
    nothing: Any = None
    known = registry.pipelines(nothing, nothing, now=utc_now)
    return set(
        registry.handlers(
            nothing, nothing, nothing, nothing, known,
            now=utc_now, prune_jobs=nothing, purge=nothing,
        )
    )  # fmt: skip


def queued_in_python() -> Iterator[tuple[str, str]]:
    """Where a `Job(…)` is made, and its entrypoint: a literal, or a constant of that module."""
    for path in modules("bot", "handlers", "jobs", "storage"):
        place = str(path.relative_to(REPOSITORY))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Job":
                yield place, _entrypoint(place, node)


def _entrypoint(place: str, call: ast.Call) -> str:
    said = next(iter(call.args), None) or next(
        keyword.value for keyword in call.keywords if keyword.arg == "entrypoint"
    )
    words = ast.unparse(said)
    if isinstance(said, ast.Constant) or words in _FROM_SCHEDULES:
        return str(said.value) if isinstance(said, ast.Constant) else words
    name = place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    found: Any = importlib.import_module(name)
    for word in words.split("."):
        found = getattr(found, word)
    return str(found)


def test_every_scheduled_job_exists() -> None:
    assert {schedule.entrypoint for schedule in registry.SCHEDULES} <= entrypoints()


def test_every_job_queued_in_python_exists() -> None:
    queued = [(place, job) for place, job in queued_in_python() if job not in _FROM_SCHEDULES]
    assert len(queued) >= 6
    assert [(place, job) for place, job in queued if job not in entrypoints()] == []


def test_every_job_queued_in_sql_exists() -> None:
    sources = [*(REPOSITORY / "storage").rglob("*.sql"), *modules("storage")]
    queued = {job for path in sources for job in _IN_SQL.findall(path.read_text(encoding="utf-8"))}
    assert "deliveries.process" in queued
    assert queued <= entrypoints()


def test_every_job_that_can_be_done_is_queued_by_somebody() -> None:
    sources = [*(REPOSITORY / "storage" / "migrations").glob("*.sql")]
    queued = {job for _, job in queued_in_python()}
    queued |= {schedule.entrypoint for schedule in registry.SCHEDULES}
    queued |= {job for path in sources for job in _IN_SQL.findall(path.read_text(encoding="utf-8"))}
    assert entrypoints() <= queued
