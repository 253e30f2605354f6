"""A workspace in a real database, without Slack and without workers: rules and rows alone.

Deliveries go in as the webhook door stores them and are processed by the job's own handler; jobs
that this queues are run by `settle`.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.ids import PartId, SlackUserId, WorkspaceId
from bot.domain.surveys import (
    AiAnswer,
    AnswerIt,
    Guess,
    GuessIt,
    RateIt,
    Rating,
    Reply,
    SetReveal,
)
from bot.ports import TokenOwner, Transaction
from bot.use_cases import deliveries, games, members, surveys
from jobs.deliveries import DeliveryReader
from jobs.engine import QueuedJob, enqueue
from jobs.pull_requests import MergeFollower
from jobs.surveys import SurveyLooker
from storage import installs
from storage.database import PostgresDatabase, open_pool
from tests.databases import TestDatabase
from tests.stories import Told

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday."""


def slack_id(name: str) -> str:
    return f"U{name.upper()}"


def a_workspace_id() -> WorkspaceId:
    return WorkspaceId(f"T{uuid.uuid4().hex[:12].upper()}")


def login(name: str) -> str:
    return f"{name}-gh"


_TO_FOLLOW = """
    SELECT convert_from(payload, 'UTF8') AS ref FROM pgqueuer.pgqueuer
     WHERE entrypoint = 'pull_requests.follow' AND headers ->> 'workspace_id' = $1 ORDER BY id
"""


@dataclass
class World:
    """People named person1, person2 …; person1 is the admin; the game is on since a year."""

    db: PostgresDatabase
    team: WorkspaceId
    now: datetime = NOON
    ids: dict[str, int] = field(default_factory=dict)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self.db.transaction(self.team, name="test") as tx:
            yield tx

    async def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        async with self.transaction() as tx:
            return [dict(row) for row in await tx.fetch(statement, *values)]

    async def value(self, statement: str, *values: Any) -> Any:
        async with self.transaction() as tx:
            return await tx.fetchval(statement, *values)

    async def run(self, statement: str, *values: Any) -> None:
        async with self.transaction() as tx:
            await tx.execute(statement, *values)

    def wait(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)

    async def game(self, **changes: Any) -> None:
        async with self.transaction() as tx:
            await games.change(tx, slack_id("person1"), now=self.now, **changes)

    async def arrive(self, told: Told, delivery_id: str = "") -> str:
        """Store a delivery as the webhook door does; returns its verdict."""
        return await deliveries.accept(
            self.db,
            self.team,
            source="github",
            delivery_id=delivery_id or str(uuid.uuid4()),
            event=told.event,
            body=told.body,
            now=self.now,
        )

    async def process(self, delivery_id: str) -> None:
        job = QueuedJob("deliveries.process", self.team, f"github:{delivery_id}", 1)
        await DeliveryReader(self.db, lambda: self.now).process(job)

    async def tell(self, *tolds: Told) -> None:
        """Deliver and process, one after the other."""
        for told in tolds:
            delivery_id = str(uuid.uuid4())
            await self.arrive(told, delivery_id)
            await self.process(delivery_id)

    async def follow_merges(self) -> None:
        """Follow every merge that a look has found so far, as the jobs would."""
        for row in await self.rows(_TO_FOLLOW, self.team):
            job = QueuedJob("pull_requests.follow", self.team, row["ref"], 1)
            await MergeFollower(self.db, lambda: self.now).follow(job)

    async def settle(self, number: int | None = None) -> None:
        """Look at every open survey (or a pull request's), as the jobs would."""
        open_ones = "SELECT survey_id FROM surveys WHERE state = 'open'"
        for row in await self.rows(f"{open_ones} AND number = coalesce($1, number)", number):
            await self.look(row["survey_id"])

    async def look(self, survey_id: int) -> None:
        job = QueuedJob("surveys.look", self.team, str(survey_id), 1)
        await SurveyLooker(self.db, lambda: self.now).look(job)

    async def part(self, number: int, name: str) -> dict[str, Any]:
        """Somebody's part about a pull request."""
        (row,) = await self.rows(
            "SELECT p.* FROM parts p JOIN surveys s USING (workspace_id, survey_id)"
            " WHERE s.number = $1 AND p.slack_user_id = $2",
            number,
            slack_id(name),
        )
        return row

    async def parts(self, number: int) -> list[tuple[str, str, bool]]:
        """Who has an open part, as what, and whether they may guess."""
        rows = await self.rows(
            "SELECT p.slack_user_id, p.role, p.guessable FROM parts p"
            " JOIN surveys s USING (workspace_id, survey_id)"
            " WHERE s.number = $1 AND p.state <> 'closed' ORDER BY p.slack_user_id",
            number,
        )
        return [(r["slack_user_id"][1:].lower(), r["role"], r["guessable"]) for r in rows]

    async def surveys(self) -> Sequence[tuple[int, str]]:
        rows = await self.rows("SELECT number, state FROM surveys ORDER BY number")
        return [(row["number"], row["state"]) for row in rows]

    async def shown(self, key: str) -> str | None:
        """What Slack should show under a message key, as it is waiting in the outbox."""
        found: str | None = await self.value(
            "SELECT payload::text FROM outbox WHERE effect_key = $1 ORDER BY outbox_id DESC", key
        )
        return found

    async def message(self, number: int, name: str) -> str:
        """Somebody's survey message about a pull request; "" when none was sent."""
        part = await self.part(number, name)
        return await self.shown(f"part:{part['part_id']}") or ""

    async def reveal(self, number: int, name: str) -> str:
        part = await self.part(number, name)
        return await self.shown(f"reveal:{part['part_id']}") or ""

    async def _say(self, reply: Reply) -> Any:
        outcome = await surveys.answer(self.db, self.team, reply, response_url=None, now=self.now)
        self.now += timedelta(milliseconds=1)
        await self.settle()
        return outcome

    async def taps(self, part_id: int, name: str, said: str) -> Any:
        """Answer a part of whosever."""
        who = SlackUserId(slack_id(name))
        return await self._say(AnswerIt(PartId(part_id), who, AiAnswer(said)))

    async def answers(self, number: int, name: str, said: str) -> Any:
        part = await self.part(number, name)
        who = SlackUserId(slack_id(name))
        return await self._say(AnswerIt(PartId(part["part_id"]), who, AiAnswer(said)))

    async def hides(self, number: int, name: str, hidden: bool = True) -> Any:
        part = await self.part(number, name)
        who = SlackUserId(slack_id(name))
        return await self._say(SetReveal(PartId(part["part_id"]), who, ok=not hidden))

    async def rates(self, number: int, name: str, said: str = "ok") -> Any:
        part = await self.part(number, name)
        who = SlackUserId(slack_id(name))
        return await self._say(RateIt(PartId(part["part_id"]), who, Rating(said)))

    async def guesses(self, number: int, name: str, said: str) -> Any:
        part = await self.part(number, name)
        who = SlackUserId(slack_id(name))
        return await self._say(GuessIt(PartId(part["part_id"]), who, Guess(said)))

    async def rates_and_guesses(self, number: int, name: str, said: str) -> Any:
        await self.rates(number, name)
        return await self.guesses(number, name, said)


def profile(name: str, timezone: str = "UTC") -> dict[str, Any]:
    """A Slack user object."""
    return {
        "id": slack_id(name),
        "name": name,
        "tz": timezone,
        "is_admin": name == "person1",
        "profile": {"display_name": name.title()},
    }


async def populate(world: World, people: int) -> None:
    names = [f"person{number}" for number in range(1, people + 1)]
    async with world.transaction() as tx:
        await installs.register(tx, TokenOwner(world.team, "World", "UBOT"), now=world.now)
        await members.keep_profiles(tx, [profile(name) for name in names], now=world.now)
        for name in names:
            known = members.normalized_login(login(name))
            await members.link(
                tx, slack_id(name), known, actor="test", source="admin", now=world.now
            )
        await tx.execute(
            "UPDATE members SET quiet_start_h = 0, quiet_end_h = 0, quiet_weekends = false"
        )
        found = await tx.fetch("SELECT slack_user_id, member_id FROM members")
        world.ids |= {row["slack_user_id"][1:].lower(): row["member_id"] for row in found}
    since = world.now - timedelta(days=365)
    await world.game(switched_on_at=since, daily_budget=50, weekly_budget=50)


@asynccontextmanager
async def make_world(database: TestDatabase, people: int = 6) -> AsyncIterator[World]:
    """A new workspace in a database that may hold others."""
    pool = await open_pool(database.app_url)
    try:
        world = World(PostgresDatabase(pool, enqueue), a_workspace_id())
        await populate(world, people)
        yield world
    finally:
        await pool.close()
