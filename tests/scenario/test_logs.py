"""The log of a whole game at its loudest: each line is JSON, names its work, and quotes nobody."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot import log
from tests.collectors import collecting
from tests.databases import TestDatabase
from tests.stage import Stage, set_stage

TITLE = "A title that nobody may read"
# What starts and stops by itself belongs to no workspace.
_OF_NO_WORKSPACE = ("http.", "socket.", "numbers.", "engine.", "worker.", "clock.", "migration.")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged, from the smallest on."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    log.configure("debug", people=False)
    yield out
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    structlog.reset_defaults()


async def play(stage: Stage) -> None:
    await stage.merge("person1", "person2", title=TITLE)
    asked = await stage.until_dm("person2", "How good is it?")
    author = await stage.until_dm("person1", "Was this PR AI-assisted?")
    assert (await stage.person("person2").click(asked, "survey.rate.ok")).ok
    await stage.until_dm("person2", "Was it AI-assisted?")
    assert (await stage.person("person2").click(asked, "survey.guess.no")).ok
    assert (await stage.person("person1").click(author, "survey.answer.no")).ok
    await stage.until_dm("person2", "Good hunch")
    await stage.person("person1").open_home()
    assert (await stage.person("person1").command("/copilot", "leaderboard")).ok
    await stage.quiet()


def read(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.timeout(180)
async def test_every_line_is_json_with_its_ids_and_without_texts(
    said: io.StringIO, database: TestDatabase
) -> None:
    async with (
        collecting() as collector,
        set_stage(database, otlp_endpoint=collector.url) as stage,
    ):
        await play(stage)
        hook = stage.github.hook
        assert hook is not None
        hidden = [
            TITLE, "How good is it", "Good hunch", "acme/shop", "person1", "person2",
            stage.installation.bot_token, hook.secret,
        ]  # fmt: skip
    lines = read(said.getvalue())
    assert [word for word in hidden if word in said.getvalue()] == []
    for line in lines:
        assert {"event", "level", "timestamp"} <= line.keys()
        if not line["event"].startswith(_OF_NO_WORKSPACE):
            assert "workspace_id" in line, line
    for event, ids in {
        "request.done": {"door", "workspace_id", "trace_id"},
        "job.done": {"job_id", "entrypoint", "workspace_id", "trace_id"},
        "outbox.kept": {"job_id", "outbox_id", "workspace_id", "trace_id"},
    }.items():
        told = [line for line in lines if line["event"] == event]
        assert told, event
        assert all(ids <= line.keys() for line in told), event
    assert any("delivery_id" in line for line in lines)
    assert any("envelope_id" in line for line in lines)


async def test_at_info_a_game_is_a_handful_of_lines(
    said: io.StringIO, database: TestDatabase
) -> None:
    log.configure("info", people=False)
    async with set_stage(database) as stage:
        said.truncate(0)
        said.seek(0)
        await play(stage)
        lines = read(said.getvalue())
    assert len(lines) <= 10, [line["event"] for line in lines]
