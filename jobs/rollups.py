"""Keeps facts and weeks in step with what is known, and makes them anew when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, ConfigDict

from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import BEFORE_ALL, PullRequestKey
from bot.ports import Database
from bot.use_cases import facts, rollups
from bot.use_cases.rollups import REBUILD
from jobs.engine import QueuedJob
from jobs.pipelines import Done, More, NothingToDo, Outcome, Pipeline, Step, StepRun

# How many batches one job makes before others have their turn.
_BATCHES = 10


@dataclass(frozen=True, slots=True)
class FactKeeper:
    """The handler of `rollups.refresh` jobs."""

    db: Database

    async def refresh(self, job: QueuedJob) -> None:
        """Work off a workspace's marks, batch by batch; a long list goes on in another job."""
        after: int | None = int(job.ref)
        for turn in range(_BATCHES):
            async with self.db.transaction(job.workspace_id, name="catch_up_facts") as tx:
                after = await facts.catch_up(tx, after=after or 0)
                if after is not None and turn == _BATCHES - 1:
                    facts.wake(tx, after=after)
            if after is None:
                return


class WantedRebuilding(BaseModel):
    """What is to be made anew.

    `with_facts`: the facts of all pull requests first, then the weeks that they add up to.
    """

    model_config = ConfigDict(extra="forbid")

    with_facts: bool = False


class Rebuilding(WantedRebuilding):
    """How far that is."""

    after_repository: int = BEFORE_ALL.repository_id
    after_number: int = BEFORE_ALL.number
    remade: int = 0
    changed: int = 0
    total: int | None = None
    after_week: date = date.min
    first_week: date | None = None

    @property
    def after(self) -> PullRequestKey:
        return PullRequestKey(RepositoryId(self.after_repository), self.after_number)


async def remake_facts(run: StepRun, asked: Rebuilding) -> Outcome:
    """The facts of all pull requests, a page at a time; nothing where that was not asked for."""
    if not asked.with_facts:
        return Done(asked, "Facts stay as they are.")
    async with run.transaction(name="rebuild_facts") as tx:
        total = asked.total
        if total is None:
            total = await rollups.count_from(tx, asked.after)
        page = await rollups.remake_page(tx, asked.after)
        so_far = asked.model_copy(
            update={
                "total": total,
                "remade": asked.remade + len(page.keys),
                "changed": asked.changed + page.changed,
            }
        )
        told = f"Facts of {so_far.remade} pull requests made anew; {so_far.changed} were different."
        counts = {"remade": so_far.remade, "changed": so_far.changed}
        await run.report(tx, done=so_far.remade, total=total, counts=counts, message=told)
    if not page.keys:
        return Done(so_far, told, counts)
    repository_id, number = page.keys[-1]
    place = {"after_repository": int(repository_id), "after_number": number}
    return More(so_far.model_copy(update=place), told)


async def rebuild_weeks(run: StepRun, asked: Rebuilding) -> Outcome:
    """All weeks from the facts, some at a time."""
    async with run.transaction(name="rebuild_weeks") as tx:
        end = await rollups.last_week(tx)
        made = await rollups.rebuild_page(tx, after=asked.after_week)
        if made is not None and end is not None:
            first = asked.first_week or made.first
            last = min(made.last, end)
            told = f"Weeks up to that of {last} made anew."
            await run.report(tx, done=_weeks(first, last), total=_weeks(first, end), message=told)
    if made is not None:
        place = {"after_week": made.last, "first_week": asked.first_week or made.first}
        return More(asked.model_copy(update=place))
    if asked.first_week is None:
        return NothingToDo("No pull request has been merged yet.")
    return Done(asked, "All weeks are made anew.")


def _weeks(first: date, last: date) -> int:
    """How many weeks from one Monday to another, both included."""
    return (last - first).days // 7 + 1


def rebuilding() -> Pipeline:
    """Runs of `rollups.rebuild`."""
    return Pipeline(
        REBUILD,
        "Weekly numbers made anew",
        (
            Step("facts", "Make facts anew", remake_facts, Rebuilding, Rebuilding),
            Step("weeks", "Make weeks anew", rebuild_weeks, Rebuilding, Rebuilding),
        ),
        asks=WantedRebuilding,
    )
