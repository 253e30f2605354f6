"""Two days of a generated company's webhooks, signed, shuffled and sent twice."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime

from bot.app.times import utc_now
from bot.use_cases import members
from playground.companies import Company, PullRequest
from playground.companies.webhooks import webhooks
from tests.databases import TestDatabase
from tests.stage import Stage, set_stage

THURSDAY_EVENING = datetime(2026, 11, 12, 23, tzinfo=UTC)
TWO_DAYS_S = 47 * 3600


async def hire(stage: Stage, company: Company) -> None:
    """The company's people are in the workspace, linked."""
    await stage.quiet()
    state, now = stage.slack.state, stage.services.now()
    for person in company.people:
        user = state.add_user(stage.workspace_id, person.name, real_name=person.real_name)
        async with stage.transaction() as tx:
            await members.keep_profiles(tx, [user.as_slack()], now=now)
            login = members.normalized_login(person.login)
            await members.link(tx, user.id, login, actor="test", source="admin", now=now)


def merged_lately(company: Company) -> list[PullRequest]:
    until = int(THURSDAY_EVENING.timestamp())
    return [
        pr
        for pr in company.pull_requests()
        if pr.merged_at is not None and until - TWO_DAYS_S < pr.merged_at < until
    ]


async def test_each_merge_of_a_person_or_their_agent_opens_one_survey_whatever_the_order(
    database: TestDatabase, company: Company
) -> None:
    made = merged_lately(company)
    told = [
        (one, str(uuid.uuid5(uuid.NAMESPACE_URL, f"{pr.number}/{place}")))
        for pr in made
        for place, one in enumerate(webhooks(pr))
    ]
    random.Random(1).shuffle(told)
    async with set_stage(database, movable=True, ahead=THURSDAY_EVENING - utc_now()) as stage:
        await hire(stage, company)
        for _ in range(2):
            for one, delivery in told:
                status = await stage.deliver(one.event, one.payload, delivery_id=delivery)
                assert status == 202
        await stage.until_row("SELECT count(*) FROM deliveries WHERE processed_at IS NULL", _none)
        surveys = await stage.rows("SELECT number, rating_only FROM surveys")
        by_people = {pr.number: pr.author != pr.initiator for pr in made if pr.initiator}
        assert {row["number"]: row["rating_only"] for row in surveys} == by_people
        assert len(surveys) >= 5
        kept = {
            row["number"]: row["n"]
            for row in await stage.rows("SELECT number, count(*) AS n FROM reviews GROUP BY number")
        }
        assert kept == {pr.number: len(pr.reviews) for pr in made if pr.reviews}


def _none(count: int) -> bool:
    return count == 0
