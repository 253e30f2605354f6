"""How an operator says how pull requests are counted, and has the weeks made anew."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace
from datetime import date, time

import pytest

from bot import __main__ as command_line
from bot.cli import facts as words_for_facts
from bot.domain.facts import Calendar, FactSettings
from bot.errors import UserError
from tests.databases import TestDatabase
from tests.integration.facts.support import Weeks, told
from tests.integration.game.support import World
from tests.restores import bare_settings
from tests.running import ground_on

SHOWN = """\
working days     mon, tue, wed, thu, fri
working hours    09:00-17:30
holidays         2026-12-25
ignored labels   dependencies
ignored titles   Bump *, [skip]*
ignored authors  none
hotfix labels    hotfix, hot-fix, hot fix
hotfix heads     hotfix/*, hotfix-*, hot-fix/*
most lines       5000
most files       no limit
weeks begin      Monday, UTC
Some facts are being made anew; that takes a while after a change.
"""
SAID = [
    "--hours",
    "9:00-17:30",
    "--holidays",
    "2026-12-25",
    "--ignored-labels",
    "dependencies",
    "--most-lines",
    "5000",
    "--most-files",
    "none",
    "--days",
    "mon-fri",
]


@pytest.fixture(autouse=True)
def _settings(database: TestDatabase, monkeypatch: pytest.MonkeyPatch, quiet_log: None) -> None:
    monkeypatch.setattr(command_line, "read_settings", lambda: bare_settings(database))
    monkeypatch.setattr(command_line, "shed_environment", lambda: None)


async def _hunch(*words: str) -> int:
    return await asyncio.to_thread(command_line.main, list(words))


async def test_what_is_set_is_shown_and_counts(
    database: TestDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    async with ground_on(database) as ground:
        weeks = Weeks(World(ground.db, ground.team))
        await weeks.hear(told(title="Bump the thing"))
        await weeks.settle()
        titles = ["--ignored-titles", "Bump *", "[skip]*"]
        assert await _hunch("facts", "set", *SAID, *titles) == 0
        assert capsys.readouterr().out == SHOWN
        await weeks.settle()
        assert (await weeks.facts_of())["population"] == "noise"
        assert await _hunch("facts", "show") == 0
        assert capsys.readouterr().out == SHOWN[: SHOWN.index("Some facts")]


async def test_a_rebuild_is_started_once(
    database: TestDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    async with ground_on(database) as ground:
        assert await _hunch("rollups", "rebuild", "--facts") == 0
        assert "is started. Watch it: hunch runs show" in capsys.readouterr().out
        assert await _hunch("rollups", "rebuild") == 0
        assert "is at it already" in capsys.readouterr().out
        assert await ground.value("SELECT (params ->> 'with_facts')::boolean FROM runs")


def _read(*words: str) -> Namespace:
    parser = ArgumentParser()
    words_for_facts.add(parser.add_subparsers())
    return parser.parse_args(["facts", "set", *words])


@pytest.mark.parametrize(
    ("words", "calendar"),
    [
        (("--days", "sun-tue"), Calendar(frozenset({7, 1, 2}))),
        (("--days", "Mon,wed,fri-sat"), Calendar(frozenset({1, 3, 5, 6}))),
        (("--hours", "8-16"), Calendar(begins_at=time(8), ends_at=time(16))),
        (("--holidays", "2026-12-25", "2027-01-01"),
         Calendar(holidays=frozenset({date(2026, 12, 25), date(2027, 1, 1)}))),
        (("--holidays",), Calendar()),
        ((), Calendar()),
    ],
)  # fmt: skip
def test_calendars_are_read_as_people_write_them(
    words: tuple[str, ...], calendar: Calendar
) -> None:
    assert words_for_facts.changed(FactSettings(), _read(*words)).calendar == calendar


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--days", "monday"), "say mon-fri"),
        (("--days", "mon-"), "say mon-fri"),
        (("--hours", "morning"), "from when to when"),
        (("--hours", "9:00-24:30"), "from when to when"),
        (("--holidays", "25.12."), "say dates as"),
        (("--most-lines", "many"), "give a number, or none"),
    ],
)
def test_what_cannot_be_read_is_refused(words: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        words_for_facts.changed(FactSettings(), _read(*words))
