"""What an operator learns and puts right about whose work it is, from the terminal."""

from __future__ import annotations

import asyncio

import pytest

from bot import __main__ as command_line
from bot.domain.attributions.reports import Rate, Report
from bot.use_cases.attributions import ToldReport
from playground.pull_requests import Sign
from tests.stage import Stage

REFERENCE = "acme/shop#1"
RULE = "claude_code.generated"


@pytest.fixture(autouse=True)
def _settings(stage: Stage, monkeypatch: pytest.MonkeyPatch, quiet_log: None) -> None:
    """Commands run against the stage's database, beside the running game."""
    monkeypatch.setattr(command_line, "read_settings", lambda: stage.services.settings)
    monkeypatch.setattr(command_line, "shed_environment", lambda: None)


async def _attributions(*words: str) -> int:
    """Say `hunch attributions …`; how it ended."""
    return await asyncio.to_thread(command_line.main, ["attributions", *words])


async def _merged(stage: Stage, sign: Sign) -> None:
    await stage.merge("person1", "person2", sign=sign)
    await stage.until_row("SELECT count(*) = 1 FROM attributions")
    await stage.quiet()


async def test_a_wrong_match_is_shown_corrected_and_undone_and_its_author_told(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    await _merged(stage, Sign.BODY_MARKER)
    assert await _attributions("show", REFERENCE) == 0
    said = capsys.readouterr().out
    assert RULE in said
    assert "a line of its description points to Claude Code" in said
    for words, answer in (
        ((), "Done, and its author is told."),
        ((), "That was so already"),
        (("--undo",), "Done, and its author is told."),
    ):
        assert await _attributions("correct", REFERENCE, "--rule", RULE, *words) == 0
        said = capsys.readouterr().out
        assert answer in said
        assert ("does not count" in said) is (not words)
    assert await stage.value("SELECT tier FROM attributions") == "strong"
    await stage.until_dm("person1", "does count as a sign of AI after all")


async def test_an_unmarked_pull_request_is_said_to_be_nobody_knows_whose(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    await _merged(stage, Sign.NONE)
    assert await _attributions("show", REFERENCE) == 1
    assert "still guessing" in capsys.readouterr().err
    async with stage.transaction() as tx:
        await tx.execute("UPDATE parts SET state = 'closed'")
        await tx.execute("UPDATE attributions SET ai_reviewers = '{cursor}'")
    assert await _attributions("show", REFERENCE) == 0
    said = capsys.readouterr().out
    assert "does not mean a person wrote it" in said
    assert "Reviewed by AI: cursor" in said


async def test_history_is_judged_again_in_one_run_at_a_time(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    await _merged(stage, Sign.BODY_MARKER)
    async with stage.transaction() as tx:
        await tx.execute("UPDATE attributions SET rule_version = 1, tier = 'unknown'")
        await tx.execute(
            "INSERT INTO runs (workspace_id, kind, params, trigger, started_by, state, due_at,"
            " created_at) VALUES ($1, 'attributions.reprocess', '{}', 'person', 'operator',"
            " 'retrying', now() + interval '1 day', now())",
            tx.workspace_id,
        )
    assert await _attributions("reprocess") == 0
    assert "is at it already" in capsys.readouterr().out
    async with stage.transaction() as tx:
        await tx.execute("DELETE FROM runs")
    assert await _attributions("reprocess", "--all") == 0
    assert "is started" in capsys.readouterr().out
    await stage.until_row("SELECT tier FROM attributions", lambda tier: tier == "strong")
    await stage.quiet()


async def test_a_report_without_enough_answers_says_so(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await _attributions("report") == 0
    said = capsys.readouterr().out
    assert "By 0 answers of the 12 months before" in said
    assert said.count("Not enough data.") == 2


async def test_a_report_tells_shares_with_n_and_interval(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rate = Rate(0.75, 24, 0.55, 0.88)
    precision = {"rule:claude_code.address": rate, "strong": rate}

    async def told(*_: object, now: object) -> ToldReport:
        return ToldReport(Report(42, precision, rate, 2), stage.clock.now())

    monkeypatch.setattr("bot.use_cases.attributions.report_rules", told)
    assert await _attributions("report") == 0
    said = capsys.readouterr().out
    assert said.count("75%  (n = 24, 95 % interval 55% to 88%)") == 3
    assert said.index("a strong mark") < said.index("claude_code.address")
    assert "2 more groups cannot be told" in said
