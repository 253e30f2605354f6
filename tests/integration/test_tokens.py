"""Where bot tokens come from when something is in the way: keys, locks, a database that blinks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from bot import failpoints
from bot.app import Roles, Services
from bot.app.tokens import SlackTokens
from bot.domain.ids import WorkspaceId
from bot.errors import Conflict, DatabaseAway, Permanent, SecretLocked
from bot.ports import Grant, TokenOwner
from bot.use_cases import departures, installs, tokens
from bot.use_cases.tokens import BotToken, Left
from storage import turns
from storage.turns import turn
from tests.databases import TestDatabase
from tests.stage import Stage, set_stage

TEAM = WorkspaceId("T0TEAM")
ORG = WorkspaceId("E0ORG")


class PaperSlack:
    """Gives a pair for every refresh token that was not used before."""

    def __init__(self) -> None:
        self.used: list[str] = []

    async def refresh(self, refresh_token: str) -> Grant:
        if refresh_token in self.used:
            raise Permanent("invalid_refresh_token")
        self.used.append(refresh_token)
        return grant(len(self.used))

    async def exchange(self, code: str, *, redirect_url: str) -> Grant:
        raise NotImplementedError

    async def owner(self, bot_token: str) -> TokenOwner:
        raise NotImplementedError


def grant(n: int, team: WorkspaceId = TEAM, hours: int = 12) -> Grant:
    scopes = frozenset({"chat:write"})
    return Grant(
        team, "Team", "A1", "U0BOT", f"bot-{n}", scopes,
        installer="U0BOSS", refresh_token=f"refresh-{n}", expires_in_s=hours * 3600,
    )  # fmt: skip


@pytest_asyncio.fixture
async def stage(database: TestDatabase) -> AsyncIterator[Stage]:
    async with set_stage(database, roles=Roles(0)) as stage:
        await install(stage.services, grant(0))
        yield stage


@pytest.fixture
def slack() -> PaperSlack:
    return PaperSlack()


@pytest.fixture
def source(stage: Stage, slack: PaperSlack) -> SlackTokens:
    services = stage.services
    return SlackTokens(services.store, services.vault, slack, now=stage.clock.now)


async def install(services: Services, given: Grant) -> None:
    owner = TokenOwner(given.workspace_id, given.workspace_name, given.bot_user_id, "B1")
    async with services.store.database.transaction(given.workspace_id, name="test") as tx:
        await installs.install(tx, given, owner, vault=services.vault, now=services.now())


async def lose_keys(services: Services, team: WorkspaceId, purpose: str) -> None:
    async with services.store.database.transaction(team, name="test") as tx:
        await tx.execute("UPDATE secrets SET ciphertext = 'x' WHERE purpose = $1", purpose)


async def test_a_token_that_no_key_opens_is_said_to_be_locked(
    stage: Stage, source: SlackTokens
) -> None:
    await lose_keys(stage.services, TEAM, "slack.bot_token")
    with pytest.raises(Permanent, match="secret_locked"):
        await source.of(TEAM)
    assert await source.is_locked(TEAM)
    source.lend(TEAM, "lent")
    assert not await source.is_locked(TEAM)
    assert await source.of(TEAM) == "lent"
    assert await source.renew(TEAM, "lent", "token_revoked") is None


async def test_without_the_refresh_token_the_token_serves_to_its_end(
    stage: Stage, source: SlackTokens, slack: PaperSlack
) -> None:
    await lose_keys(stage.services, TEAM, "slack.refresh_token")
    stage.clock.ahead += timedelta(hours=11)
    assert await source.of(TEAM) == "bot-0"
    async with stage.services.store.database.transaction(TEAM, name="test") as tx:
        await stage.services.vault.delete(tx, "slack.refresh_token", "")
    source.forget(TEAM)
    assert await source.of(TEAM) == "bot-0"
    assert slack.used == []


async def test_a_workspace_nobody_knows_has_no_token(source: SlackTokens) -> None:
    assert await source.of(WorkspaceId("T0NOBODY")) is None
    assert await source.renew(WorkspaceId("T0NOBODY"), "x", "invalid_auth") is None


async def test_who_asks_again_meanwhile_waits_for_the_same_answer(
    stage: Stage, source: SlackTokens, slack: PaperSlack
) -> None:
    await install(stage.services, grant(0, ORG))
    teams = [WorkspaceId(f"T0MET{n}") for n in range(5)]
    for team in teams:
        assert await installs.meet(stage.services.store.database, team, ORG, now=stage.clock.now())
    stage.clock.ahead += timedelta(hours=11)
    assert set(await asyncio.gather(*(source.of(team) for team in teams))) == {"bot-1"}
    assert slack.used == ["refresh-0"]


async def test_what_slack_gave_is_kept_though_the_database_blinks(
    stage: Stage, source: SlackTokens, slack: PaperSlack
) -> None:
    stage.clock.ahead += timedelta(hours=11)
    failpoints.arm({"renew_token.before_commit": "fail"})
    assert await source.of(TEAM) == "bot-1"
    assert slack.used == ["refresh-0"]


async def test_in_the_end_a_database_that_stays_away_is_said(
    stage: Stage, source: SlackTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.attempts._KEEP_TRYING_S", -1.0)
    stage.clock.ahead += timedelta(hours=11)
    failpoints.arm({"renew_token.before_commit": "fail"})
    with pytest.raises(DatabaseAway):
        await source.of(TEAM)


async def test_an_installation_meanwhile_wins_over_a_renewal(stage: Stage) -> None:
    services = stage.services
    await install(services, grant(7))
    async with services.store.database.transaction(TEAM, name="test") as tx:
        how: Any = {"vault": services.vault, "now": services.now()}
        assert not await tokens.keep_renewed(tx, "refresh-0", grant(1), **how)
        await tokens.note_unrenewable(tx, "refresh-0", "invalid_refresh_token", **how)
    found = await tokens.read(services.store.database, TEAM, vault=services.vault)
    assert isinstance(found, BotToken)
    assert (found.value, found.renewable) == ("bot-7", True)


async def test_a_departure_meanwhile_wins_over_a_renewal(stage: Stage) -> None:
    services = stage.services
    async with services.store.database.transaction(TEAM, name="test") as tx:
        how: Any = {"vault": services.vault, "now": services.now()}
        await departures.leave(tx, **how)
        assert not await tokens.keep_renewed(tx, "refresh-0", grant(1), **how)
    assert await tokens.read(services.store.database, TEAM, vault=services.vault) == Left()


async def test_a_locked_token_is_audited_and_raised(stage: Stage) -> None:
    db, vault = stage.services.store.database, stage.services.vault
    for purpose, read in (
        ("slack.bot_token", tokens.read),
        ("slack.refresh_token", tokens.read_refresh_token),
    ):
        await lose_keys(stage.services, TEAM, purpose)
        with pytest.raises(SecretLocked):
            await read(db, TEAM, vault=vault)
    async with db.transaction(TEAM, name="test") as tx:
        counted = "SELECT count(*) FROM audits WHERE action = 'secret.read'"
        assert await tx.fetchval(counted) == 2


@asynccontextmanager
async def holding(stage: Stage) -> AsyncIterator[None]:
    async with turn(stage.services.store.connect, "it"):
        yield


async def test_a_turn_is_one_holders_at_a_time_and_goes_with_its_connection(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_WAIT", "SET lock_timeout = '50ms'")
    async with holding(stage):
        with pytest.raises(Conflict):
            async with holding(stage):
                raise AssertionError("two at once")
        async with turn(stage.services.store.connect, "another"):
            pass
    async with holding(stage):
        pass


async def test_without_a_connection_there_is_no_turn() -> None:
    async def nobody() -> asyncpg.Connection:
        raise ConnectionRefusedError

    with pytest.raises(DatabaseAway):
        async with turn(nobody, "it"):
            raise AssertionError("without a connection")


async def test_a_stuck_renewal_leaves_the_old_token(
    stage: Stage, source: SlackTokens, slack: PaperSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_WAIT", "SET lock_timeout = '50ms'")
    stage.clock.ahead += timedelta(hours=11)
    async with turn(stage.services.store.connect, f"slack.token:{TEAM}"):
        assert await source.of(TEAM) == "bot-0"
    assert slack.used == []
