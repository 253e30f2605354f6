"""Tokens that end after twelve hours are renewed in time, once, and not lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.app import Services, open_services, open_store
from bot.domain.ids import WorkspaceId
from bot.errors import Permanent
from bot.use_cases import installs
from tests.databases import TestDatabase
from tests.scenario.install_support import Town, plays, set_town

_TROUBLE = "SELECT trouble FROM workspaces"
_LATER = timedelta(hours=10, minutes=1)
_TOO_LATE = timedelta(hours=12, minutes=1)


@pytest_asyncio.fixture
async def town(database: TestDatabase) -> AsyncIterator[Town]:
    # In the past, and from there on towards the present: jobs are due by the real time.
    async with set_town(database, ahead=-timedelta(days=2)) as town:
        yield town


@pytest_asyncio.fixture
async def team(town: Town) -> WorkspaceId:
    """A workspace whose tokens rotate."""
    team = WorkspaceId(town.neighbour())
    assert (await town.browser.install(team)).status == 200
    await town.stage.quiet()
    return team


def renewals(town: Town) -> int:
    return len(town.stage.slack.called("oauth.v2.access", grant_type="refresh_token"))


async def call(services: Services, team: WorkspaceId) -> None:
    await (await services.slacks.for_workspace(team)).test()


@asynccontextmanager
async def another_process(town: Town) -> AsyncIterator[Services]:
    """With the same settings, on the same database."""
    settings, now = town.stage.services.settings, town.stage.clock.now
    async with open_store(settings) as store, open_services(settings, store, now=now) as services:
        yield services


async def test_a_game_goes_on_over_days(town: Town, team: WorkspaceId) -> None:
    there = await town.stage_in(team)
    for days in range(3):
        await plays(there)
        assert renewals(town) == days
        town.stage.wait(_LATER)
    actions = "SELECT count(*) FROM audits WHERE action = 'token.rotated'"
    assert await town.value(team, actions) == 2


async def test_a_token_with_two_hours_left_is_not_renewed(town: Town, team: WorkspaceId) -> None:
    town.stage.wait(timedelta(hours=9, minutes=59))
    await call(town.stage.services, team)
    assert renewals(town) == 0


async def test_two_processes_at_once_renew_once(town: Town, team: WorkspaceId) -> None:
    async with another_process(town) as other:
        services = town.stage.services
        await asyncio.gather(call(services, team), call(other, team))
        town.stage.wait(_LATER)
        calls = [call(one, team) for one in (services, other) for _ in range(10)]
        await asyncio.gather(*calls)
        assert renewals(town) == 1
        assert await services.tokens.of(team) == await other.tokens.of(team)


async def test_a_call_that_comes_too_late_renews_and_goes_again(
    town: Town, team: WorkspaceId
) -> None:
    await call(town.stage.services, team)
    # Slack's clock alone: ours is slow, and the token is over before we know.
    town.stage.slack.clock.advance(_TOO_LATE.total_seconds())
    await call(town.stage.services, team)
    assert renewals(town) == 1
    assert await town.value(team, _TROUBLE) is None


async def test_a_token_that_another_process_renewed_is_taken_over(
    town: Town, team: WorkspaceId
) -> None:
    async with another_process(town) as other:
        await call(other, team)
        town.stage.slack.clock.advance(_TOO_LATE.total_seconds())
        await call(town.stage.services, team)
        await call(other, team)
        assert renewals(town) == 1


async def test_while_slack_is_away_the_old_token_serves(town: Town, team: WorkspaceId) -> None:
    town.stage.wait(_LATER)
    town.stage.slack.fail("http_500", "oauth.v2.access")
    # One look at Slack's door a minute is enough.
    for _ in range(3):
        await call(town.stage.services, team)
    assert (renewals(town), await town.value(team, _TROUBLE)) == (1, None)
    town.stage.services.tokens.forget(team)
    await call(town.stage.services, team)
    assert renewals(town) == 2
    assert await town.value(team, "SELECT count(*) FROM audits WHERE action = 'token.rotated'") == 1


async def test_a_lost_refresh_token_means_please_reconnect(town: Town, team: WorkspaceId) -> None:
    there = await town.stage_in(team)
    town.stage.wait(_LATER)
    town.stage.slack.fail("error", "oauth.v2.access", error="invalid_refresh_token")
    await call(town.stage.services, team)
    assert await town.value(team, _TROUBLE) == "invalid_refresh_token"
    await plays(there)
    admin = there.person("person1")
    await admin.open_home()
    await town.stage.slack.until(lambda: admin.home and "please reconnect" in str(admin.home.body))

    town.stage.wait(timedelta(hours=2))
    with pytest.raises(Permanent, match="token_expired"):
        await call(town.stage.services, team)
    await there.person("person1").open_home()
    waits = "SELECT max(reason) FROM outbox WHERE state = 'pending'"
    assert await there.until_row(waits) == "token_expired"
    assert await town.value(team, _TROUBLE) == "invalid_refresh_token"
    assert renewals(town) == 1
    [state] = [
        one.state
        for one in await installs.list_installs(town.stage.services.store.database)
        if one.workspace_id == team
    ]
    assert state == "please reconnect"

    assert (await town.browser.install(team, query=f"?team={team}")).status == 200
    assert await town.value(team, _TROUBLE) is None
    await plays(there)


async def test_wrong_client_settings_can_be_mended(town: Town, team: WorkspaceId) -> None:
    town.stage.wait(_LATER)
    town.stage.slack.fail("error", "oauth.v2.access", error="bad_client_secret")
    await call(town.stage.services, team)
    assert await town.value(team, _TROUBLE) == "bad_client_secret"
    town.stage.services.tokens.forget(team)
    await call(town.stage.services, team)
    assert (renewals(town), await town.value(team, _TROUBLE)) == (2, None)


async def test_a_revoked_token_means_please_reconnect(town: Town, team: WorkspaceId) -> None:
    town.stage.slack.fail("error", "auth.test", error="token_revoked", times=None)
    with pytest.raises(Permanent, match="token_revoked"):
        await call(town.stage.services, team)
    assert await town.value(team, _TROUBLE) == "token_revoked"
    assert renewals(town) == 0


async def test_who_gives_up_waiting_does_not_lose_the_token(town: Town, team: WorkspaceId) -> None:
    town.stage.wait(_LATER)
    town.stage.slack.fail("slow", "oauth.v2.access", seconds=0.5)
    waiting = asyncio.create_task(call(town.stage.services, team))
    await town.stage.slack.until(lambda: renewals(town) or waiting.done())
    waiting.cancel()
    await asyncio.wait({waiting})
    await town.stage.services.tokens.close()
    assert await town.value(team, "SELECT count(*) FROM audits WHERE action = 'token.rotated'") == 1
    await call(town.stage.services, team)
    assert renewals(town) == 1


async def test_a_process_that_is_told_no_client_id_cannot_renew(
    town: Town, team: WorkspaceId
) -> None:
    settings = town.stage.services.settings.model_copy(update={"slack_client_id": None})
    now = town.stage.clock.now
    async with open_store(settings) as store, open_services(settings, store, now=now) as services:
        town.stage.wait(_LATER)
        await call(services, team)
        town.stage.wait(timedelta(hours=2))
        with pytest.raises(Permanent, match="token_expired"):
            await call(services, team)
    assert await town.value(team, _TROUBLE) == "token_expired"


async def test_what_no_key_opens_is_not_renewed_and_not_lost(town: Town, team: WorkspaceId) -> None:
    town.stage.wait(_LATER)
    await town.value(
        team,
        "UPDATE secrets SET ciphertext = 'lost' WHERE purpose = 'slack.refresh_token' RETURNING 1",
    )
    await call(town.stage.services, team)
    assert renewals(town) == 0
    kept = "SELECT ciphertext FROM secrets WHERE purpose = 'slack.refresh_token'"
    assert await town.value(team, kept) == b"lost"
