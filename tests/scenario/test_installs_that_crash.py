"""Killed on the way of an installation, a renewal, a departure: whoever tries again gets through.

One thing cannot be saved: a token that Slack gave and that died with the process before it was
stored. The old one serves until its end, and then somebody has to install Hunch again.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from bot.domain.ids import WorkspaceId
from bot.ports import Job
from tests.databases import TestDatabase
from tests.lives import Lives, lives_on
from tests.scenario.install_support import Town, browsing
from tests.scenario.places import around

pytestmark = pytest.mark.timeout(280)

INSTALLING = around("set_out", "come_back", "slack.exchange", "install")
MEETING = around("meet")
LATE_NEWS = around("slack.test")
LEAVING = around("list_through_org", "leave")
PURGING = around("list_left")
RENEWING = [*around("read_refresh"), "slack.refresh.before"]
LOSING = ["slack.refresh.after", "renew_token.before_commit"]
REFUSED = around("renewal_refused")
RENEWED = ["renew_token.after_commit"]
REVOKED = around("token_refused")
INSTALLS = (
    INSTALLING, MEETING, LATE_NEWS, LEAVING, PURGING, RENEWING, LOSING, REFUSED, RENEWED, REVOKED,
)  # fmt: skip

_EXPIRES = "SELECT token_expires_at > now() + interval '11 hours' FROM workspaces"
_TROUBLE = "SELECT trouble FROM workspaces"
_SOON = "UPDATE workspaces SET token_expires_at = now() + interval '1 hour' RETURNING true"


@asynccontextmanager
async def town_of_lives(database: TestDatabase, folder: Path) -> AsyncIterator[tuple[Lives, Town]]:
    async with lives_on(database, folder, oauth=True) as lives, browsing(lives.stage) as browser:
        town = Town(lives.stage, browser)
        town.app.token_rotation = town.app.org_deploy = True
        yield lives, town


async def installs(town: Town, place: str) -> None:
    """Somebody tries, and tries again as soon as they see an error."""
    with suppress(aiohttp.ClientError, AssertionError):
        await town.browser.install(place)


async def installed(lives: Lives, town: Town, place: str) -> None:
    async with lives.life():
        await _until_installed(town, place)
        await lives.quiet()


async def _until_installed(town: Town, place: str) -> None:
    known = "SELECT 1 FROM workspaces WHERE trouble IS NULL AND installer <> ''"
    async with _patience():
        while await town.value(place, known) is None:
            await installs(town, place)


def _patience() -> asyncio.Timeout:
    return asyncio.timeout(60)


async def queue(town: Town, entrypoint: str, workspace_id: str = "") -> None:
    job = Job(entrypoint, WorkspaceId(workspace_id), "", f"test:{uuid.uuid4()}")
    async with town.stage.services.store.database.routing(name="test") as tx:
        tx.enqueue(job)


async def test_an_installation_survives(database: TestDatabase, tmp_path: Path) -> None:
    async with town_of_lives(database, tmp_path) as (lives, town):
        team = town.neighbour()
        for place in INSTALLING:
            await lives.dies_at(place, lambda: installs(town, team))
        await installed(lives, town, team)
        assert await town.value(team, "SELECT count(*) FROM secrets") == 2
        assert await town.value(team, "SELECT count(*) FROM members") == 3


async def test_a_renewal_survives_or_the_old_token_serves(
    database: TestDatabase, tmp_path: Path
) -> None:
    async with town_of_lives(database, tmp_path) as (lives, town):
        team = town.neighbour()
        await installed(lives, town, team)

        async def sync() -> None:
            await queue(town, "members.sync", team)

        assert await town.value(team, _SOON)
        for place in [*RENEWING, LOSING[0], *REFUSED]:
            await lives.dies_at(place, sync)
        assert await town.value(team, _TROUBLE) == "invalid_refresh_token"
        async with lives.life():
            await sync()
            await lives.quiet()
        # The old token is good for an hour still.
        assert await town.value(team, "SELECT members_synced_at IS NOT NULL FROM workspaces")
        await town.value(team, "UPDATE workspaces SET installer = '' RETURNING 1")

        for place in [LOSING[1], *RENEWED]:
            await installed(lives, town, team)
            assert await town.value(team, _SOON)
            await lives.dies_at(place, sync)
            renewed = place in RENEWED
            assert await town.value(team, _EXPIRES) is renewed
            await town.value(team, "UPDATE workspaces SET installer = '' RETURNING 1")


async def test_a_refused_token_is_noted_in_the_end(database: TestDatabase, tmp_path: Path) -> None:
    async with town_of_lives(database, tmp_path) as (lives, town):
        team = town.neighbour()
        await installed(lives, town, team)
        town.stage.slack.fail("error", "users.list", times=None, error="token_revoked")
        for place in REVOKED:
            await lives.dies_at(place, lambda: queue(town, "members.sync", team))
        # It may have died of the other workspace's token.
        async with lives.life():
            await queue(town, "members.sync", team)
            await lives.quiet()
        assert await town.value(team, _TROUBLE) == "token_revoked"


async def test_news_of_a_departure_survive_also_if_they_are_old(
    database: TestDatabase, tmp_path: Path
) -> None:
    async with town_of_lives(database, tmp_path) as (lives, town):
        team = town.neighbour()
        await installed(lives, town, team)
        slack, here = town.stage.slack, town.installation(team)

        async def say_so() -> None:
            slack.deliveries.emit(here, {"type": "app_uninstalled", "event_ts": "1.0"})

        for place in LATE_NEWS:
            await lives.dies_at(place, say_so)
        async with lives.life():
            await lives.quiet()
        left = "SELECT count(*) FROM workspace_routes WHERE uninstalled_at IS NOT NULL"
        assert await town.routed(left) == 0


async def test_an_organisations_departure_survives_and_is_purged(
    database: TestDatabase, tmp_path: Path
) -> None:
    async with town_of_lives(database, tmp_path) as (lives, town):
        org = town.stage.slack.state.add_enterprise("Acme Org", enterprise_id="E0ACME").id
        team = town.neighbour(enterprise_id=org)
        await installed(lives, town, org)
        for place in MEETING:
            await lives.dies_at(place, town.person(team).open_home)
        slack = town.stage.slack
        there = slack.state.org_installations[org, town.app.id]
        slack.installing.uninstall(there)

        async def nothing() -> None:
            """Slack sends by itself what was not acknowledged."""

        for place in LEAVING:
            await lives.dies_at(place, nothing)
        left = "SELECT count(*) FROM workspace_routes WHERE uninstalled_at IS NOT NULL"
        async with lives.life():
            await town.stage.until_row(f"SELECT ({left}) = 2", timeout_s=60)
            await lives.quiet()
        await town.routed(
            "UPDATE workspace_routes SET uninstalled_at = now() - interval '31 days'"
            " WHERE uninstalled_at IS NOT NULL RETURNING 1"
        )
        for place in PURGING:
            await lives.dies_at(place, lambda: queue(town, "installs.purge"))
        async with lives.life():
            await queue(town, "installs.purge")
            await lives.quiet()
        assert await town.routed("SELECT count(*) FROM workspace_routes") == 1
