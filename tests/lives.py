"""Hunch that dies and is started again: processes of its own, killed at a place a test names.

The simulated Slack and GitHub live in the test's process and outlast all of them, as the real ones
would; the database is what the lives have in common.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import Roles
from playground.github import Sent
from playground.people import Done
from playground.records import Message
from tests.databases import TestDatabase
from tests.forks import Forked, Forks
from tests.programs import environment_with
from tests.stage import Stage, set_stage

# Waiting as long as in production would make these tests take minutes each.
PATIENCE = 0.06
_NOBODY = Roles(0)


@dataclass
class Life:
    """One process, from its start to its end."""

    process: Forked
    log: Path

    @property
    def over(self) -> bool:
        return self.process.returncode is not None

    async def ends_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(asyncio.shield(self.process.wait()), seconds)
        except TimeoutError:
            return False
        return True

    def signal(self, number: signal.Signals) -> None:
        if not self.over:
            self.process.send_signal(number)

    async def is_killed(
        self, poke: Callable[[], Awaitable[object]], *, timeout_s: float = 60.0
    ) -> None:
        """Go on poking until the process has been killed by its failpoint."""
        async with asyncio.timeout(timeout_s):
            while not self.over:
                await poke()
                await self.ends_within(0.2)
        assert self.process.returncode == -signal.SIGKILL, self.log.read_text()


@dataclass
class Lives:
    """A stage on which processes come and go."""

    stage: Stage
    folder: Path
    forks: Forks
    patience: float = PATIENCE
    begun: int = 0
    killed: list[str] = field(default_factory=list)

    def settings(self, **more: str) -> dict[str, str]:
        found = self.stage.services.settings
        secret = {
            "DATABASE_URL": found.database_url,
            "DATABASE_ADMIN_URL": found.database_admin_url,
            "SLACK_BOT_TOKEN": found.slack_bot_token,
            "SLACK_APP_TOKEN": found.slack_app_token,
            "SLACK_CLIENT_SECRET": found.slack_client_secret,
            "GITHUB_WEBHOOK_SECRET": found.github_webhook_secret,
        }
        return {
            **{name: value.get_secret_value() for name, value in secret.items() if value},
            "HUNCH_ENCRYPTION_KEYS": found.encryption_keys[0].get_secret_value(),
            "HUNCH_PORT": str(found.port),
            "SLACK_API_URL": found.slack_api_url,
            "SLACK_CLIENT_ID": found.slack_client_id or "",
            "HUNCH_BASE_URL": found.public_url,
            "HUNCH_PATIENCE": str(self.patience),
            "HUNCH_LOG_LEVEL": "warning",
            **more,
        }

    @asynccontextmanager
    async def life(
        self, place: str = "", *, act: str = "kill", command: str = "run", port: int | None = None
    ) -> AsyncIterator[Life]:
        """One process, armed at `place`; asked to stop at the end if it still lives then."""
        self.begun += 1
        log = self.folder / f"life-{self.begun}.log"
        more = {"HUNCH_FAILPOINTS": f"{place}={act}" if place else ""}
        if port is not None:
            more["HUNCH_PORT"] = str(port)
        process = await self.forks.start(
            command,
            folder=self.folder,
            environment=environment_with(self.settings(**more)),
            log=log,
        )
        life = Life(process, log)
        try:
            yield life
            life.signal(signal.SIGTERM)
            assert await life.ends_within(30), "it does not stop when asked to"
        finally:
            if not life.over:
                process.kill()
                await process.wait()

    async def dies_at(self, place: str, poke: Callable[[], Awaitable[object]]) -> None:
        """Start a process that is killed when it comes by `place`; poke it until it does."""
        try:
            async with self.life(place) as life:
                await life.is_killed(poke)
        except TimeoutError:
            raise AssertionError(f"nothing came by {place}:\n{life.log.read_text()}") from None
        self.killed.append(place)

    async def redeliver(self) -> None:
        await redeliver(self.stage)

    async def all_delivered(self) -> None:
        await all_delivered(self.stage)

    async def quiet(self) -> None:
        await self.stage.until_row(
            "SELECT (SELECT count(*) FROM pgqueuer.pgqueuer WHERE status IN ('queued', 'picked')"
            " AND execute_after <= now() + interval '5 seconds')"
            " + (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending', 'unclear'))",
            lambda count: count == 0,
            timeout_s=60,
        )


async def redeliver(stage: Stage) -> None:
    """Send again whatever GitHub was not told that it arrived."""
    waiting: dict[str, Sent] = {}
    for sent in stage.github.deliveries:
        waiting[sent.delivery_id] = sent
        if sent.status == 202:
            waiting.pop(sent.delivery_id)
    for sent in waiting.values():
        await stage.github.redeliver(sent)


async def all_delivered(stage: Stage) -> None:
    async with asyncio.timeout(60):
        while not _answered(stage):
            await redeliver(stage)
            await asyncio.sleep(0.1)


def _answered(stage: Stage) -> bool:
    sent = stage.github.deliveries
    return {one.delivery_id for one in sent} == {
        one.delivery_id for one in sent if one.status == 202
    }


async def insist(act: Callable[[], Awaitable[Done]]) -> Done:
    """Do something in Slack again and again, as people do, until Slack shows no error."""
    async with asyncio.timeout(60):
        while not (done := await act()).ok:  # noqa: ASYNC110  (a person, who just tries again)
            await asyncio.sleep(0.1)
    return done


async def tap(stage: Stage, name: str, message: Message, action: str, **how: Any) -> Done:
    return await stage.person(name).click(message, action, **how)


@asynccontextmanager
async def lives_on(database: TestDatabase, folder: Path, **how: Any) -> AsyncIterator[Lives]:
    """A workspace in play with nobody working yet."""
    async with set_stage(database, roles=_NOBODY, **how) as stage:
        stage.slack.deliveries.retry_delays_s = [0.2] * 100
        forks = await Forks.open(environment_with({}))
        try:
            yield Lives(stage, folder, forks)
        finally:
            await forks.close()
