"""Deliveries: processed once, again when they had failed, woken when forgotten, forgotten in time."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot.domain.ids import WorkspaceId
from bot.integrations.github.payloads import installation_of
from bot.use_cases.housekeeping import FORGET
from jobs.engine import QueuedJob
from jobs.housekeeping import Housekeeper
from tests.databases import TestDatabase
from tests.integration.game.support import NOON, World, make_world
from tests.stories import Json, Story, Told, real

STORY = Story(7, NOON - timedelta(hours=5), merged_at=NOON - timedelta(hours=1))
CLOCK_JOB = QueuedJob("housekeeping.sweep", WorkspaceId(""), "", 1)


async def row_of(world: World, delivery_id: str) -> dict[str, Any]:
    (row,) = await world.rows(
        "SELECT processed_at, failure, body FROM deliveries WHERE delivery_id = $1", delivery_id
    )
    return row


def an_id() -> str:
    return str(uuid.uuid4())


async def test_a_delivery_that_succeeded_is_not_processed_again(world: World) -> None:
    delivery = an_id()
    assert await world.arrive(STORY.merged(), delivery) == "new"
    assert await world.arrive(STORY.merged(), delivery) == "known"
    await world.process(delivery)
    done = await row_of(world, delivery)
    world.wait(hours=1)
    assert await world.arrive(STORY.edited(NOON), delivery) == "known"
    await world.process(delivery)
    assert await row_of(world, delivery) == done
    assert (await world.rows("SELECT updated_at FROM pull_requests"))[0]["updated_at"] < NOON


async def test_a_delivery_that_failed_is_processed_when_it_comes_again(world: World) -> None:
    delivery = an_id()
    broken = STORY.merged()
    del broken.payload["pull_request"]["number"]
    with capture_logs() as logs:
        await world.arrive(broken, delivery)
        await world.process(delivery)
    failed = await row_of(world, delivery)
    assert (failed["processed_at"], failed["failure"]) == (None, "unreadable: pull_request.number")
    assert [(log["event"], log["log_level"]) for log in logs] == [
        ("delivery.unreadable", "warning")
    ]
    assert await world.arrive(STORY.merged(), delivery) == "again"
    await world.process(delivery)
    mended = await row_of(world, delivery)
    assert (mended["processed_at"], mended["failure"]) == (NOON, None)
    assert await world.surveys() == [(7, "open")]


async def test_a_delivery_that_fails_again_can_still_be_mended(world: World) -> None:
    delivery = an_id()
    broken = Told("pull_request", {"action": "opened"})
    for verdict in ("new", "again", "again"):
        assert await world.arrive(broken, delivery) == verdict
        await world.process(delivery)
    assert await world.arrive(STORY.opened(), delivery) == "again"
    await world.process(delivery)
    assert (await row_of(world, delivery))["processed_at"] is not None


def _without_repository(payload: Json) -> None:
    del payload["repository"]


def _set(name: str, value: object) -> Callable[[Json], None]:
    def change(payload: Json) -> None:
        payload["pull_request"][name] = value

    return change


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (_without_repository, "repository"),
        (_set("number", 0), "pull_request.number"),
        (_set("number", 2**31), "pull_request.number"),
        (_set("title", None), "pull_request.title"),
        (_set("updated_at", "yesterday"), "pull_request.updated_at"),
        (_set("updated_at", "2026-11-18T12:00:00"), "pull_request.updated_at"),
        (_set("updated_at", "0001-01-01T00:00:00+10:00"), "pull_request.updated_at"),
        (_set("merged_at", "9999-12-31T23:59:59-10:00"), "pull_request.merged_at"),
        (_set("user", {"login": "x", "id": 2**63}), "pull_request.user.id"),
        (_set("head", {"sha": "0"}), "pull_request.head.ref"),
        (_set("assignees", ["me"]), "pull_request.assignees.0"),
    ],
)
async def test_whatever_cannot_be_read_is_marked_with_the_field_and_nothing_of_it_is_kept(
    world: World, spoil: Callable[[Json], None], field: str
) -> None:
    told = STORY.merged()
    spoil(told.payload)
    delivery = an_id()
    await world.arrive(told, delivery)
    await world.process(delivery)
    assert (await row_of(world, delivery))["failure"] == f"unreadable: {field}"
    assert await world.rows("SELECT 1 FROM pull_requests") == []


@pytest.mark.parametrize("name", ["push.none", "ping.none", "installation.created"])
async def test_events_about_other_things_are_done_at_once(world: World, name: str) -> None:
    delivery = an_id()
    await world.arrive(Told(name.split(".", maxsplit=1)[0], real(name)), delivery)
    await world.process(delivery)
    assert (await row_of(world, delivery))["processed_at"] == NOON
    assert await world.rows("SELECT 1 FROM pull_requests") == []


async def test_a_job_without_its_delivery_does_nothing(world: World) -> None:
    await world.process(an_id())
    assert await world.rows("SELECT 1 FROM deliveries") == []


@pytest_asyncio.fixture
async def lone(database: TestDatabase) -> AsyncIterator[World]:
    """A world with a database of its own: what sweeps every workspace finds only this one."""
    async with make_world(database) as made:
        yield made


async def queued(world: World, entrypoint: str) -> list[str]:
    rows = await world.rows(
        "SELECT convert_from(payload, 'UTF8') AS ref FROM pgqueuer.pgqueuer"
        " WHERE entrypoint = $1 ORDER BY 1",
        entrypoint,
    )
    return [row["ref"] for row in rows]


def housekeeper(world: World, pruned: list[str] | None = None) -> Housekeeper:
    async def prune() -> None:
        if pruned is not None:
            pruned.append("jobs")

    slacks: Any = None  # asked only where a message waits for a key
    return Housekeeper(world.db, slacks, lambda: world.now, prune)


async def nightly(world: World, pruned: list[str] | None = None) -> None:
    """The night's job, and those it queues."""
    keeper = housekeeper(world, pruned)
    await keeper.forget(CLOCK_JOB)
    while await queued(world, FORGET):
        await world.run("DELETE FROM pgqueuer.pgqueuer WHERE entrypoint = $1", FORGET)
        await keeper.forget_workspace(QueuedJob(FORGET, world.team, "", 1))


async def lose_all_jobs(world: World) -> None:
    await world.run("DELETE FROM pgqueuer.pgqueuer")


async def test_the_sweep_wakes_deliveries_whose_jobs_were_lost(lone: World) -> None:
    for delivery in ("lost", "failed", "done"):
        broken = Told("pull_request", {}) if delivery == "failed" else STORY.opened()
        await lone.arrive(broken, delivery)
        if delivery != "lost":
            await lone.process(delivery)
    lone.wait(minutes=2)
    await lone.arrive(STORY.opened(), "fresh")
    await lose_all_jobs(lone)
    await housekeeper(lone).sweep(CLOCK_JOB)
    assert await queued(lone, "deliveries.process") == ["github:lost"]


async def test_the_sweep_wakes_surveys_that_are_due_and_leaves_the_others_alone(
    lone: World,
) -> None:
    await lone.tell(STORY.merged(), Story(8, NOON, merged_at=NOON).merged())
    await lone.settle()
    await lone.run("UPDATE members SET snoozed_until = $1", NOON + timedelta(hours=2))
    await lone.tell(Story(9, NOON, merged_at=NOON).merged())
    await lone.settle()
    due: dict[timedelta, int] = {}
    for later in (timedelta(hours=1), timedelta(hours=3), timedelta(days=8)):
        lone.now = NOON + later
        await lose_all_jobs(lone)
        await housekeeper(lone).sweep(CLOCK_JOB)
        due[later] = len(await queued(lone, "surveys.look"))
    assert list(due.values()) == [0, 1, 3]


async def test_nobodys_stop_keeps_the_sweep_busy(lone: World) -> None:
    await lone.run("UPDATE members SET snoozed_until = $1", NOON + timedelta(hours=1))
    await lone.tell(STORY.merged())
    await lone.run("UPDATE members SET stopped_at = $1", NOON)
    lone.wait(hours=2)
    await lone.settle()
    await lose_all_jobs(lone)
    await housekeeper(lone).sweep(CLOCK_JOB)
    assert await queued(lone, "surveys.look") == []


async def test_raw_bodies_and_what_was_sent_are_deleted_after_thirty_days(lone: World) -> None:
    await lone.tell(STORY.merged())
    await lone.settle()
    await lone.arrive(Told("pull_request", {}), "unreadable")
    await lone.process("unreadable")
    await lone.run("UPDATE outbox SET state = 'sent', finished_at = $1", lone.now)
    lone.wait(days=29)
    await lone.arrive(STORY.edited(NOON), "young")
    pruned: list[str] = []
    await nightly(lone, pruned)
    assert await lone.value("SELECT count(*) FROM deliveries") == 3
    lone.wait(days=1, seconds=1)
    await nightly(lone, pruned)
    left = await lone.rows("SELECT delivery_id FROM deliveries")
    assert [row["delivery_id"] for row in left] == ["young"]
    assert await lone.value("SELECT count(*) FROM outbox") == 0
    assert pruned == ["jobs", "jobs"]
    assert await lone.value("SELECT count(*) FROM pull_requests") == 1


async def test_a_lot_is_forgotten_in_batches_and_a_job_leaves_off_for_others(lone: World) -> None:
    await lone.run(
        "INSERT INTO deliveries (workspace_id, source, delivery_id, event, received_at)"
        " SELECT $1, 'github', n::text, 'x', $2 FROM generate_series(1, 20500) AS n",
        lone.team,
        NOON - timedelta(days=31),
    )
    keeper = housekeeper(lone)
    await keeper.forget_workspace(QueuedJob(FORGET, lone.team, "", 1))
    assert await lone.value("SELECT count(*) FROM deliveries") == 500
    assert len(await queued(lone, FORGET)) == 1
    await nightly(lone)
    assert await lone.value("SELECT count(*) FROM deliveries") == 0


async def test_the_trail_is_kept_for_four_hundred_days(lone: World) -> None:
    real_now = lone.now = datetime.now(UTC)
    for days in (399, 401):
        await lone.run(
            "INSERT INTO audits (workspace_id, happened_at, actor, action, subject)"
            " VALUES ($1, $2, 'test', 'test', $3)",
            lone.team,
            real_now - timedelta(days=days),
            str(days),
        )
    await nightly(lone)
    left = await lone.rows("SELECT subject FROM audits WHERE action = 'test'")
    assert [row["subject"] for row in left] == ["399"]


async def test_nobody_can_have_the_trail_of_this_quarter_forgotten(lone: World) -> None:
    await lone.run(
        "INSERT INTO audits (workspace_id, happened_at, actor, action, subject)"
        " VALUES ($1, now() - interval '89 days', 'test', 'test', '')",
        lone.team,
    )
    assert await lone.value("SELECT forget_audits(now(), 1000)") == 0


async def test_old_slots_of_the_clock_are_forgotten_but_never_the_last(lone: World) -> None:
    for days in (0, 20, 40):
        await lone.run(
            "INSERT INTO cron_slots (name, slot) VALUES ('forget', $1)",
            NOON - timedelta(days=days),
        )
    lone.wait(days=20)
    await nightly(lone)
    left = await lone.rows("SELECT slot FROM cron_slots WHERE name = 'forget'")
    assert [row["slot"] for row in left] == [NOON]


async def test_a_delivery_is_kept_byte_for_byte(world: World) -> None:
    told = Told("pull_request", real("pull_request.opened") | {"text": "é 🦓 \u0000"})
    delivery = an_id()
    await world.arrive(told, delivery)
    assert json.loads((await row_of(world, delivery))["body"]) == told.payload


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b'{"installation": {"id": 7, "node_id": "x"}}', 7),
        (b'{"installation": {"id": -7}}', None),
        (b'{"installation": null}', None),
        (b"{}", None),
        (b"\xff", None),
    ],
)
def test_the_installation_a_delivery_names_is_read_or_it_names_none(
    body: bytes, number: int | None
) -> None:
    assert installation_of(body) == number
