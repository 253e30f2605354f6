"""A generated past, stored: as Hunch would have stored it, and nobody is asked about it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.cli.tryouts.pasts import keep_past
from bot.domain.deliveries import PullRequestNews
from bot.domain.pull_requests import PullRequest
from bot.integrations.github.payloads import read
from bot.use_cases import leaderboards, members
from bot.use_cases.pull_requests import keep_snapshots
from playground.companies import Adoption, Company, CompanyPlan, generate
from playground.companies.webhooks import webhooks
from storage import pull_requests, reviews
from tests.stage import Stage

STARTS = datetime(2026, 8, 3, tzinfo=UTC)
ENDS = STARTS + timedelta(days=70)


@pytest.fixture(scope="module")
def company() -> Company:
    often = Adoption(at_start=0.5, at_end=0.5, by_agents=0.1)
    return generate(
        CompanyPlan(people=30, days=70, a_week=5, starts_on=STARTS.date(), adoption=often)
    )


async def hire(stage: Stage, company: Company) -> None:
    """The company's people join the stage's workspace, linked."""
    async with stage.transaction() as tx:
        for person in company.people:
            user = {"id": f"UC{person.number}", "real_name": person.real_name, "tz": person.tz}
            await members.keep_profiles(tx, [user], now=ENDS)
            known = members.normalized_login(person.login)
            await members.link(tx, user["id"], known, actor="test", source="admin", now=ENDS)


async def known(stage: Stage, pr: PullRequest) -> tuple[object, object]:
    """What the past tells: not GitHub's names for it, nor who merged it."""
    async with stage.transaction() as tx:
        kept = await pull_requests.get(tx, pr.repository_id, pr.number)
        assert kept is not None
        told = replace(kept, node_id="", commit_count=None, merged_by=None, merge_sha=None)
        return told, await reviews.of(tx, pr.repository_id, pr.number)


async def test_the_rows_are_those_that_webhooks_would_have_left(
    stage: Stage, company: Company
) -> None:
    made = list(company.pull_requests())[:60]
    db = stage.services.store.database
    assert await keep_past(db, stage.workspace_id, made) == len(made)
    for pr in made:
        told = [read(one.event, json.dumps(one.payload).encode()) for one in webhooks(pr)]
        news = [one for one in told if isinstance(one, PullRequestNews)]
        before = await known(stage, news[0].pull_request)
        async with stage.transaction() as tx:
            await tx.execute("DELETE FROM reviews WHERE number = $1", pr.number)
            await tx.execute("DELETE FROM pull_requests WHERE number = $1", pr.number)
            for one in news:
                await keep_snapshots(tx, [one.snapshot], history=True, now=ENDS)
        assert await known(stage, news[0].pull_request) == before


async def test_history_asks_nobody_however_often_it_is_stored(
    stage: Stage, company: Company
) -> None:
    await hire(stage, company)
    db = stage.services.store.database
    for _ in range(2):
        count = await keep_past(db, stage.workspace_id, company.pull_requests(), game_since=STARTS)
    assert await stage.value("SELECT count(*) FROM pull_requests") == count > 500
    await stage.quiet()
    assert await stage.value("SELECT count(*) FROM outbox") == 0
    assert await stage.value("SELECT count(*) FROM surveys WHERE state <> 'closed'") == 0
    assert [call.method for call in stage.slack.calls if call.method == "chat.postMessage"] == []


async def test_the_past_game_fills_the_leaderboard_with_names(
    stage: Stage, company: Company
) -> None:
    await hire(stage, company)
    db = stage.services.store.database
    await keep_past(db, stage.workspace_id, company.pull_requests(), game_since=STARTS)
    async with stage.transaction() as tx:
        await leaderboards.post(tx, "2026-W41", now=ENDS)
        shown = json.dumps(await leaderboards.show(tx), ensure_ascii=False)
    assert sum(person.real_name in shown for person in company.people) >= 3, shown
    assert "not enough data" not in shown


async def test_what_was_said_follows_the_games_rules(stage: Stage, company: Company) -> None:
    await hire(stage, company)
    db = stage.services.store.database
    await keep_past(db, stage.workspace_id, company.pull_requests(), game_since=STARTS)
    odd = await stage.value(
        """SELECT count(*) FROM parts p
             JOIN surveys s USING (workspace_id, survey_id)
             JOIN pull_requests r USING (workspace_id, repository_id, number)
            WHERE (r.signals <> '{}' OR r.author_kind = 'bot' OR s.rating_only)
              AND (p.guess IS NOT NULL OR p.outcome IS NOT NULL)"""
    )
    assert odd == 0
    mixed = await stage.rows("SELECT DISTINCT role, outcome FROM parts ORDER BY role, outcome")
    assert {row["outcome"] for row in mixed if row["role"] == "author"} == {None}
    told = {row["outcome"] for row in mixed if row["role"] == "reviewer"}
    assert told == {"right", "wrong", "unresolved", None}
