"""Judges history again after the rules have changed, page by page, in a run of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import BEFORE_ALL, PullRequestKey
from bot.ports import Transaction
from bot.use_cases import attributions
from bot.use_cases.attributions import REPROCESS
from jobs.pipelines import Done, More, NothingToDo, Outcome, Pipeline, Step, StepRun

PAGE = 1000


class WantedReprocessing(BaseModel):
    """What is to be judged.

    `everything`: also what today's rules have judged already.
    """

    model_config = ConfigDict(extra="forbid")

    everything: bool = False


class Reprocessing(WantedReprocessing):
    """How far that is."""

    after_repository: int = BEFORE_ALL.repository_id
    after_number: int = BEFORE_ALL.number
    judged: int = 0
    changed: int = 0
    total: int | None = None

    @property
    def after(self) -> PullRequestKey:
        return PullRequestKey(RepositoryId(self.after_repository), self.after_number)


@dataclass(frozen=True, slots=True)
class Reprocessor:
    """The step of `attributions.reprocess` runs; the same page twice changes nothing."""

    now: Callable[[], datetime]
    page: int = PAGE

    async def judge(self, run: StepRun, asked: Reprocessing) -> Outcome:
        async with run.transaction(name="reprocess_attributions") as tx:
            total = asked.total
            if total is None:
                everything = asked.everything
                total = await attributions.count_waiting(tx, asked.after, everything=everything)
            done = await attributions.judge_page(
                tx, asked.after, everything=asked.everything, limit=self.page, now=self.now()
            )
            so_far = _so_far(asked, done, total)
            if done.last is not None:
                await run.report(
                    tx,
                    done=so_far.judged,
                    total=so_far.total,
                    counts={"judged": so_far.judged, "changed": so_far.changed},
                    message=_told(so_far),
                )
        if done.last is not None:
            return More(so_far, _told(so_far))
        if not so_far.judged:
            return NothingToDo("Today's rules have judged everything already.")
        counts = {"judged": so_far.judged, "changed": so_far.changed}
        return Done(so_far, _told(so_far), counts)


def _so_far(asked: Reprocessing, done: attributions.JudgedPage, total: int) -> Reprocessing:
    last = done.last or asked.after
    return asked.model_copy(
        update={
            "after_repository": int(last.repository_id),
            "after_number": last.number,
            "judged": asked.judged + done.judged,
            "changed": asked.changed + done.changed,
            "total": total,
        }
    )


def _told(so_far: Reprocessing) -> str:
    return f"Judged {so_far.judged} pull requests; {so_far.changed} are seen differently now."


def pipeline(*, now: Callable[[], datetime], page: int = PAGE) -> Pipeline:
    """Runs of `attributions.reprocess`."""
    judge = Reprocessor(now, page).judge
    step = Step("judge", "Judge by today's rules", judge, Reprocessing, Reprocessing)
    return Pipeline(
        REPROCESS,
        "Whose work is it, by today's rules",
        (step,),
        window=timedelta(hours=2),
        nightly=what_is_due,
        asks=WantedReprocessing,
    )


async def what_is_due(tx: Transaction) -> WantedReprocessing | None:
    """The parameters of a scheduled run; None where older rules have left nothing."""
    return WantedReprocessing() if await attributions.is_any_waiting(tx) else None
