"""Broken off anywhere on the way to GitHub and back: whoever tries again gets there, once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from bot import failpoints
from bot.app.processes import Roles
from bot.errors import DatabaseAway, Permanent
from bot.use_cases.connections import CHECK, TRY
from handlers.connections import _offer
from jobs.connections import ConnectionChecker
from jobs.engine.workers import QueuedJob
from tests.databases import TestDatabase
from tests.scenario.github_support import Office, Visitor, an_office
from tests.scenario.places import around

INVITED = around("invite_to_github", "look_at_errand", "read_member", "go_to_github")
BACK = around("back_from_github")
INSTALLING = around("read_admin", "go_on_to_github", "connect_github")
LINKING = around("link_proven")
OFFERING = around("offer_token")
TRYING = around("read_offer", "try_token")
READING = around("read_connection", "read_github_token", "settle_connection")
DOUBTING = around("doubt_connection")
WATCHING = around("check_connections")
TELLING = around("tell_trouble")
LINK_TOLD = around("tell_of_link")
GITHUBS = (
    INVITED, BACK, INSTALLING, LINKING, OFFERING, TRYING, READING, DOUBTING, WATCHING, TELLING,
    LINK_TOLD,
)  # fmt: skip
_BROKEN = (DatabaseAway, OSError)


@pytest.fixture
async def office(database: TestDatabase) -> AsyncIterator[Office]:
    async with an_office(database) as office:
        yield office
    failpoints.arm({})


@pytest.fixture
async def still_office(database: TestDatabase) -> AsyncIterator[Office]:
    """Nobody works through jobs: the test does."""
    async with an_office(database, roles=Roles.SERVE) as office:
        yield office
    failpoints.arm({})


async def until_it_works(places: Sequence[str], work: Callable[[], Awaitable[object]]) -> None:
    """Try again after each place at which it broke off, and once more than that."""
    failpoints.arm(dict.fromkeys(places, "fail"))
    for _ in places:
        with suppress(AssertionError, *_BROKEN):
            await work()
    for place in places:
        failpoints.hit(place)
    await work()


async def installs(office: Office) -> None:
    back = await office.admin.installs(await office.admin.invited("home.connect_github"))
    seen = await office.admin.get(back)
    assert seen.status == 302, seen.text
    seen = await office.admin.get(await office.admin.signs_in(seen.headers["Location"]))
    assert seen.status == 200, seen.text


async def links(visitor: Visitor) -> None:
    page = await visitor.set_out(await visitor.invited("home.claim"))
    assert (await visitor.get(await visitor.signs_in(page))).status == 200


async def test_an_installation_is_made_by_trying_again(office: Office, quiet_log: None) -> None:
    office.app.asks_who = False
    office.app.setup_url = f"{office.stage.base_url}/github/installed"
    await until_it_works([*INVITED, *BACK, *INSTALLING], lambda: installs(office))
    rows = await office.stage.rows("SELECT account, state FROM connections")
    assert rows == [{"account": "acme", "state": "active"}]
    assert len(await office.stage.rows("SELECT installation_id FROM github_routes")) == 1


async def test_a_sign_in_is_made_by_trying_again(office: Office, quiet_log: None) -> None:
    async with office.visitor("person2") as visitor:
        await until_it_works(LINKING, lambda: links(visitor))
    proven = "SELECT count(*) FROM audits WHERE action = 'member.proven'"
    assert await office.stage.value(proven) == 1


def job(office: Office, entrypoint: str, ref: str = "") -> QueuedJob:
    return QueuedJob(entrypoint, office.stage.workspace_id, ref, 1)


def checker(office: Office) -> ConnectionChecker:
    services = office.stage.services
    return ConnectionChecker(
        services.store.database, services.githubs, services.vault, services.now
    )


async def test_a_token_is_tried_and_told_once(still_office: Office, quiet_log: None) -> None:
    office, stage = still_office, still_office.stage
    user, desk = stage.person("person1").id, stage.services.desk
    token = office.server.world.add_token("person1-gh", "acme").value
    values = {"account": {"account": {"value": "acme"}}, "token": {"token": {"value": token}}}
    view = {"state": {"values": values}}
    await until_it_works(OFFERING, lambda: _offer(stage.workspace_id, user, view, desk))
    work = checker(office)
    trying = job(office, TRY, f"{user}:acme")
    await until_it_works(TRYING, lambda: work.try_token(trying))
    assert await office.connection() == "active"
    told = "SELECT count(*) FROM outbox WHERE effect_key LIKE 'token:%'"
    assert await stage.value(told) == 1
    number = await office.connection("connection_id")
    githubs = stage.services.githubs
    await until_it_works(READING, lambda: githubs.check(stage.workspace_id, number))

    for known in office.server.world.tokens:
        known.revoked = True
    github = await githubs.for_connection(stage.workspace_id, number)

    async def refused() -> None:
        with suppress(Permanent):
            await github.get("user")

    await until_it_works(DOUBTING, refused)
    checking = "SELECT count(*) FROM pgqueuer.pgqueuer WHERE entrypoint = 'connections.check'"
    assert await stage.value(checking) == 1
    await until_it_works(WATCHING, lambda: work.check_all(job(office, "connections.check_all")))
    assert await stage.value(checking) == 1
    await work.check(job(office, CHECK, str(number)))
    assert await office.connection() == "revoked"
    since = await office.connection("state_since")
    member = await stage.value("SELECT member_id FROM members WHERE slack_user_id = $1", user)
    ref = f"{number}:{int(since.timestamp() * 1000)}:{member}"
    await until_it_works(TELLING, lambda: work.tell(job(office, "connections.tell", ref)))
    told = "SELECT count(*) FROM outbox WHERE effect_key LIKE 'connection:%'"
    assert await stage.value(told) == 1


async def test_an_ended_link_is_told_once(still_office: Office, quiet_log: None) -> None:
    stage = still_office.stage
    user = stage.person("person3").id
    member = await stage.value("SELECT member_id FROM members WHERE slack_user_id = $1", user)
    ref = f"{member}:{int(datetime.now(UTC).timestamp() * 1000)}:somebody-else"
    work = checker(still_office)
    await until_it_works(LINK_TOLD, lambda: work.tell_of_link(job(still_office, "links.tell", ref)))
    assert await stage.value("SELECT count(*) FROM outbox WHERE effect_key LIKE 'link:%'") == 1
