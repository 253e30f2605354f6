"""`hunch runs` and `hunch tokens`, as an operator types them beside a Hunch that works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import __main__ as command_line
from bot.app.runs import watch_run
from bot.cli.moving_lines import MovingLine
from bot.use_cases.runs import begin_fan_out, end_fan_out
from tests.databases import TestDatabase
from tests.operators import Show
from tests.stage import Stage, set_stage
from tests.unit.views.run_examples import VIEWS

Hunch = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    made = Show()
    made.join(monkeypatch)
    return made


@pytest.fixture
async def stage(
    show: Show, database: TestDatabase, monkeypatch: pytest.MonkeyPatch, quiet_log: None
) -> AsyncIterator[Stage]:
    async with set_stage(database, people=1) as stage:
        monkeypatch.setattr(command_line, "read_settings", lambda: stage.services.settings)
        monkeypatch.setattr(command_line, "shed_environment", lambda: None)
        monkeypatch.setattr("bot.app.runs._LOOK_EVERY_S", 0.02)
        yield stage


@pytest.fixture
def hunch(stage: Stage, capsys: pytest.CaptureFixture[str]) -> Hunch:
    """Say `hunch …`: how it ended, what it said, what it complained about."""

    async def typed(*words: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(command_line.main, list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed


async def test_a_run_is_started_watched_listed_noted_and_begun_again(
    hunch: Hunch, stage: Stage, show: Show
) -> None:
    assert (await hunch("runs", "list"))[1].endswith("No runs.\n")
    code, out, _ = await hunch("runs", "start", "test.count", "--params", '{"total": 30}')
    assert (code, out.splitlines()[-1].split(":")[0]) == (0, "Run 1 is on its way")
    code, out, err = await hunch("runs", "watch", "1")
    assert code == 0
    assert "Run 1, test.count: succeeded, attempt 1" in out
    assert "  ✓ Count them: 30 sheep. · sheep 30" in out
    assert "  file 1: sheep.txt, 120 bytes, text/plain" in out
    assert "succeeded" in err
    assert (await hunch("runs", "note", "1", "well \x1b[31mcounted"))[1].endswith("Noted.\n")
    out = (await hunch("runs", "show", "1"))[1]
    assert "note by operator" in out
    assert "\x1b" not in out
    code, out, _ = await hunch("runs", "restart", "1")
    assert "Run 2 is on its way" in out
    assert (await hunch("runs", "watch", "2"))[0] == 0
    listed = (await hunch("runs", "list", "--kind", "test.count", "--state", "succeeded"))[1]
    assert [line.split()[0] for line in listed.splitlines()[-2:]] == ["2", "1"]
    assert (await hunch("runs", "list", "--since", "2199-01-01"))[1].endswith("No runs.\n")


async def test_a_run_that_fails_fails_the_command_and_is_retried(
    hunch: Hunch, stage: Stage, show: Show
) -> None:
    show.broken = True
    await hunch("runs", "start", "test.count")
    code, out, err = await hunch("runs", "watch", "1")
    assert code == 1
    assert "  ✗ Tell how many" in out
    assert err.endswith("hunch: Run 1 failed. Mend it, then `hunch runs retry 1`.\n")
    show.broken = False
    assert (await hunch("runs", "retry", "1"))[0] == 0
    code, out, _ = await hunch("runs", "watch", "1")
    assert (code, "succeeded, attempt 2" in out) == (0, True)


async def test_one_at_a_time_and_cancelled_on_wish(hunch: Hunch, stage: Stage) -> None:
    await hunch("runs", "start", "test.wait")
    await stage.until_row("SELECT count(*) FROM steps WHERE done = 1")
    code, _, err = await hunch("runs", "start", "test.wait")
    assert (code, "Run 1 of this kind has not ended yet" in err) == (1, True)
    assert "25%, 1 of 4" in (await hunch("runs", "show", "1"))[1]
    assert "Run 1 " in (await hunch("runs", "cancel", "1"))[1]
    assert "cancelled" in (await hunch("runs", "watch", "1"))[1]
    assert "ended already" in (await hunch("runs", "cancel", "1"))[2]


COMPLAINTS = {
    "start nothing": "There is no kind of run nothing. There are: attributions.reprocess, ",
    "start test.count --params [": "--params: as a whole: ",
    'start test.count --params {"total":-1}': "--params: total: ",
    "show 77": "There is no run 77 here",
    "show 99999999999999999999": "There is no run 99999999999999999999.",
    "list --limit 0": "--limit: must be between 1 and 1000.",
    "list --since monday": "--since: write the day as 2026-11-20.",
}


async def test_what_cannot_be_is_said_in_one_line(hunch: Hunch) -> None:
    for words, complaint in COMPLAINTS.items():
        code, _, err = await hunch("runs", *words.split())
        assert code == 1
        assert err.startswith(f"hunch: {complaint}")
        assert err.count("\n") == 1


async def test_watching_looks_again_until_the_run_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = [VIEWS[name].detail for name in ("waiting", "under_way", "done", "failed")]
    later = iter(looks)

    async def show_run(*_: Any) -> Any:
        return next(later)

    monkeypatch.setattr("bot.app.runs.show_run", show_run)
    monkeypatch.setattr("bot.app.runs._LOOK_EVERY_S", 0)
    nothing: Any = None
    seen = [detail async for detail in watch_run(nothing, nothing, nothing)]
    assert seen == looks[:3]


async def test_in_a_terminal_the_line_is_written_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    line = MovingLine()
    for text in ("one", "one", "two"):
        line.show(text)
    line.end()
    assert capsys.readouterr().err == "\rone\x1b[K\rtwo\x1b[K\n"


async def test_tokens_are_made_listed_and_revoked(hunch: Hunch, stage: Stage) -> None:
    assert "There are no tokens yet" in (await hunch("tokens", "list"))[1]
    code, out, _ = await hunch("tokens", "add", "--name", "report", "--access", "write")
    assert code == 0
    assert out.startswith(f"hunch_{stage.workspace_id}_1_")
    assert "It is shown this once only." in out
    secret = out.split()[0]
    out = (await hunch("tokens", "list"))[1]
    assert "write" in out
    assert "last used never" in out
    assert secret not in out
    assert "Token 1 is revoked" in (await hunch("tokens", "revoke", "1"))[1]
    assert "revoked 20" in (await hunch("tokens", "list"))[1]
    assert "There is no token 9" in (await hunch("tokens", "revoke", "9"))[2]
    async with stage.transaction() as tx:
        await tx.execute("UPDATE api_tokens SET revoked_at = NULL, expires_at = '2026-01-01Z'")
    assert "expired 2026-01-01" in (await hunch("tokens", "list"))[1]


async def test_what_a_night_came_to_is_told(hunch: Hunch, stage: Stage) -> None:
    # The clock has caught up with the last night by itself.
    await stage.until_row("SELECT count(*) FROM fan_outs WHERE finished_at IS NOT NULL")
    await stage.quiet()
    await stage.value("DELETE FROM fan_outs")
    assert (await hunch("runs", "nights"))[1].endswith("No schedule has started any yet.\n")
    async with stage.services.store.database.routing(name="test") as tx:
        for hour, end in ((1, True), (2, False)):
            slot = datetime(2026, 11, 20, hour, 47, tzinfo=UTC)
            await begin_fan_out(tx, "test.count", slot, now=slot)
            if end:
                now = slot + timedelta(seconds=3)
                await end_fan_out(tx, "test.count", slot, dispatched=7, skipped=1, now=now)
    lines = (await hunch("runs", "nights"))[1].splitlines()[-2:]
    assert lines == [
        "2026-11-20 02:47  test.count              under way, or broken off",
        "2026-11-20 01:47  test.count              dispatched 7, skipped 1, in 3.0 s",
    ]
