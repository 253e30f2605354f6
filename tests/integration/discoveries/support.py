"""Looks through the playground's GitHub, step by step as a worker would."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.domain.ids import WorkspaceId
from bot.domain.runs import Trigger
from bot.ports.github import CredentialCheck, CredentialState
from bot.use_cases import discoveries
from jobs.discoveries import Discoverer
from jobs.engine import QueuedJob
from jobs.runs import StepWorker
from playground.github.world import World as GitHubWorld
from tests.integration.syncs.support import ENDED, Town

_TURN = "SELECT run_id, turn, state FROM runs WHERE kind = 'github.discover' ORDER BY run_id DESC"


@dataclass
class Explorer:
    """The discovery of a town; `checks` says for a connection how its credential looks."""

    town: Town
    checks: dict[int, CredentialState] = field(default_factory=dict)

    @property
    def github(self) -> GitHubWorld:
        return self.town.github.world

    async def check(self, workspace_id: WorkspaceId, connection_id: int) -> CredentialCheck:
        state = self.checks.get(connection_id, CredentialState.VALID)
        return CredentialCheck(f"GitHub token {connection_id}", state)

    def worker(self) -> StepWorker:
        town = self.town
        town.githubs.check = self.check  # type: ignore[method-assign]  # told what to say
        discoverer = Discoverer(town.world.db, town.githubs)
        return StepWorker(town.world.db, [discoverer.pipeline()], lambda: town.world.now)

    async def start(self, trigger: Trigger = Trigger.PERSON) -> None:
        async with self.town.world.transaction() as tx:
            await discoveries.discover(tx, trigger=trigger, by="1", now=self.town.world.now)

    async def step(self) -> dict[str, Any]:
        """The latest run's next turn; its row after it."""
        run = (await self.town.world.rows(_TURN))[0]
        job = QueuedJob("runs.step", self.town.world.team, f"{run['run_id']}:{run['turn']}", 1)
        await self.worker().step(job)
        (row,) = await self.town.world.rows("SELECT * FROM runs WHERE run_id = $1", run["run_id"])
        return row

    async def go_on(self) -> dict[str, Any]:
        """Step after step until the run has ended; the run's row."""
        for _ in range(60):
            row = await self.step()
            if row["state"] in ENDED:
                return row
            self.town.world.wait(seconds=1)
        raise AssertionError("the run does not end")

    async def discover(self, trigger: Trigger = Trigger.PERSON) -> dict[str, Any]:
        await self.start(trigger)
        return await self.go_on()

    async def names(self, condition: str = "true") -> list[str]:
        found = await self.town.world.rows(
            f"SELECT full_name FROM repositories WHERE {condition} ORDER BY full_name"
        )
        return [row["full_name"] for row in found]
