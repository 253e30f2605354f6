"""Does the steps of runs, one job each, and starts the runs of a schedule in every workspace."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import assert_never

from pydantic import BaseModel, ValidationError

from bot import log
from bot.domain.ids import WorkspaceId
from bot.domain.runs import (
    CHANGED,
    MOST_FAULTS,
    Leaving,
    Plan,
    RunId,
    State,
    fix_for,
    one_line,
    pause_before,
)
from bot.domain.waits import wait_for
from bot.errors import (
    Conflict,
    DatabaseAway,
    Permanent,
    Retryable,
    Superseded,
    UserError,
)
from bot.ports import Database, Transaction
from bot.use_cases import installs, runs
from bot.use_cases.runs import Begun, Ended
from bot.watch import Watch
from jobs.engine import QueuedJob
from jobs.pipelines import Done, More, NothingToDo, Outcome, Pipeline, StepRun

_log = log.get("jobs.runs")
_AWAY = timedelta(seconds=2)
_ROOT = Path(__file__).resolve().parents[1]


class StepWorker:
    """The handler of `runs.step` jobs: takes a run's next step up, does it, and leaves it."""

    def __init__(
        self,
        db: Database,
        pipelines: Sequence[Pipeline],
        now: Callable[[], datetime],
        watch: Watch | None = None,
    ) -> None:
        self._db = db
        self._pipelines = {pipeline.kind: pipeline for pipeline in pipelines}
        self._plans = runs.plans_of([_plan(pipeline) for pipeline in pipelines])
        self._now = now
        self._watch = watch or Watch()

    async def step(self, job: QueuedJob) -> None:
        """Do what is next of the run in `ref`; nothing, where somebody did it meanwhile."""
        run_id, _, turn = job.ref.partition(":")
        begun = await runs.begin(
            self._db, job.workspace_id, RunId(int(run_id)), int(turn), self._plans, now=self._now()
        )
        match begun:
            case None:
                _log.debug("run.turn_has_passed", ref=job.ref)
            case Ended():
                self._tell_end(job.ref, begun.kind, begun.state, skipped=begun.skipped)
            case Begun():
                await self._do(job.workspace_id, begun)
            case _:
                assert_never(begun)

    async def _do(self, workspace_id: WorkspaceId, begun: Begun) -> None:
        pipeline = self._pipelines[begun.kind]
        run = StepRun(
            workspace_id,
            begun.hold.run_id,
            begun.attempt,
            begun.trigger,
            self._now,
            self._db,
            begun.hold,
        )
        with self._watch.step(begun.kind, begun.hold.step) as watched:
            watched.tell(run_id=run.run_id, step=begun.hold.step)
            try:
                how = await self._attempt(pipeline, run, begun)
                watched.outcome = str(how.step_state)
                async with self._db.transaction(workspace_id, name="leave_step") as tx:
                    left = await runs.leave(tx, begun.hold, how, now=self._now())
            except Superseded:
                watched.outcome = "superseded"
                _log.warning("run.superseded", kind=begun.kind)
                return
        if not left.state.is_active:
            self._tell_end(str(run.run_id), begun.kind, left.state)

    def _tell_end(self, ref: str, kind: str, state: State, *, skipped: bool = False) -> None:
        outcome = "skipped" if skipped else str(state)
        self._watch.metrics.runs.labels(kind, outcome).inc()
        _log.info("run.ended", run=ref, kind=kind, outcome=outcome)

    async def _attempt(self, pipeline: Pipeline, run: StepRun, begun: Begun) -> Leaving:
        """Do the step, whatever comes of it: also what breaks is written into the run's row."""
        now = self._now
        try:
            refused = await self._check(pipeline, run, begun)
            if refused is not None:
                return _failed(now(), refused, refused)
            return _left(pipeline, begun, await self._work(pipeline, run, begun), now())
        except Superseded:
            raise
        except Retryable as error:
            wait = pause_before(begun.attempt)
            if error.after_s is not None:
                wait = timedelta(seconds=error.after_s)
            return _postponed(now(), wait, one_line(error.reason))
        except (DatabaseAway, Conflict) as error:
            return _postponed(now(), _AWAY, type(error).__name__)
        except Permanent as error:
            _log.warning("run.refused", kind=begun.kind, reason=one_line(error.reason))
            return _failed(now(), await self._fix(pipeline, run, begun, error), error.reason)
        except UserError as error:
            return _failed(now(), str(error), str(error))
        except ValidationError as error:
            _log.warning("run.not_understood", kind=begun.kind, wrong=error.error_count())
            return _failed(now(), CHANGED, type(error).__name__)
        except Exception as error:  # noqa: BLE001  (it is logged, and told in the run's row)
            _log.exception("run.broke", kind=begun.kind, attempt=begun.attempt)
            return _broken(begun, error, now())

    async def _check(self, pipeline: Pipeline, run: StepRun, begun: Begun) -> str | None:
        """Look at the credential before the work and note what it shows; what to do if it won't do."""
        if pipeline.credential is None or not begun.unchecked:
            return None
        params = pipeline.takes.model_validate(begun.params)
        check = await pipeline.credential(run.workspace_id, params)
        async with run.transaction(name="check_credential") as tx:
            await runs.note_credential(tx, run.hold, check, now=self._now())
        return None if check.will_do else check.fix or fix_for(check.state)

    async def _work(self, pipeline: Pipeline, run: StepRun, begun: Begun) -> Outcome:
        step = pipeline.steps[begun.hold.position]
        outcome = await step.work(run, step.takes.model_validate(begun.input))
        wanted, given = step.gives, outcome.output if isinstance(outcome, Done) else None
        if isinstance(outcome, More):
            wanted, given = step.takes, outcome.next_input
        if given is not None and not isinstance(given, wanted):
            raise TypeError(f"{step.name} gives {type(given).__name__}, not {wanted.__name__}")
        return outcome

    async def _fix(self, pipeline: Pipeline, run: StepRun, begun: Begun, error: Permanent) -> str:
        """What to do about a refusal: the credential's own look says it best."""
        if pipeline.credential is not None:
            params = pipeline.takes.model_validate(begun.params)
            try:
                check = await pipeline.credential(run.workspace_id, params)
            except (Retryable, Permanent):
                return fix_for(error.reason)
            async with run.transaction(name="check_credential") as tx:
                await runs.note_credential(tx, run.hold, check, now=self._now())
            if check.explains_refusals:
                return check.fix
        return fix_for(error.reason)


def _plan(pipeline: Pipeline) -> Plan:
    return Plan(
        pipeline.kind, [(step.name, step.title) for step in pipeline.steps], pipeline.window
    )


def _left(pipeline: Pipeline, begun: Begun, outcome: Outcome, now: datetime) -> Leaving:
    position = begun.hold.position
    is_last = position + 1 == len(pipeline.steps)
    match outcome:
        case Done():
            return Leaving(
                State.SUCCEEDED if is_last else State.RUNNING,
                State.SUCCEEDED,
                now,
                goes_on=not is_last,
                position=None if is_last else position + 1,
                output=outcome.output.model_dump(mode="json"),
                counts=dict(outcome.counts),
                message=one_line(outcome.message),
                partial=outcome.partial,
            )
        case More():
            return Leaving(
                State.RUNNING,
                State.RUNNING,
                now,
                goes_on=True,
                next_input=outcome.next_input.model_dump(mode="json"),
                message=one_line(outcome.message),
            )
        case NothingToDo():
            ends = State.NO_WORK if position == 0 else State.SUCCEEDED
            return Leaving(ends, State.NO_WORK, now, message=one_line(outcome.message))
        case _:
            assert_never(outcome)


def _failed(now: datetime, message: str, error: str) -> Leaving:
    return Leaving(
        State.FAILED, State.FAILED, now, message=one_line(message), error=one_line(error)
    )


def _postponed(now: datetime, wait: timedelta, error: str, *, why: str = "") -> Leaving:
    """Later again; `why` is said where the step itself broke, which is counted."""
    due_at = now + wait
    return Leaving(
        State.RETRYING,
        State.RETRYING,
        due_at,
        goes_on=True,
        message=wait_for(why or error, due_at, now=now),
        error=error,
        fault=bool(why),
    )


def _broken(begun: Begun, error: Exception, now: datetime) -> Leaving:
    """Later again, or given up: a name and a place of ours, never the text, which may hold secrets."""
    what = f"{type(error).__name__} at {_place(error)}"
    if begun.faults + 1 < MOST_FAULTS:
        wait = pause_before(begun.faults + 1)
        return _postponed(now, wait, what, why=f"Something broke ({what})")
    message = f"It broke {MOST_FAULTS} times: {what}. Look into the log, then retry."
    return _failed(now, message, what)


def _place(error: Exception) -> str:
    """The innermost line of our own code, as `jobs/syncs.py:12`."""
    frames = traceback.extract_tb(error.__traceback__)
    frame = next((f for f in reversed(frames) if _is_ours(f.filename)), frames[-1])
    name = Path(frame.filename)
    shown = name.relative_to(_ROOT) if name.is_relative_to(_ROOT) else Path(name.name)
    return f"{shown}:{frame.lineno}"


def _is_ours(filename: str) -> bool:
    return Path(filename).is_relative_to(_ROOT) and "site-packages" not in filename


@dataclass(frozen=True, slots=True)
class FanOuter:
    """The handler of a schedule's jobs: starts a run of `pipeline` in every workspace.

    `params` reads the run's parameters in the workspace; None where there is nothing to run there.
    What it came to is a row in `fan_outs`, a line in the log, and in the metrics.
    """

    db: Database
    pipeline: Pipeline
    params: Callable[[Transaction], Awaitable[BaseModel | None]]
    now: Callable[[], datetime]
    watch: Watch = field(default_factory=Watch)

    async def dispatch(self, job: QueuedJob) -> None:
        """Start them for the slot in `ref`; again, it goes on where it was and starts none twice."""
        kind, slot, began = self.pipeline.kind, datetime.fromisoformat(job.ref), perf_counter()
        window = self.pipeline.window
        too_late = window is not None and self.now() > slot + window
        async with self.db.routing(name="begin_fan_out") as tx:
            await runs.begin_fan_out(tx, kind, slot, now=self.now())
        found = [
            await self._dispatch(workspace_id, slot, too_late=too_late)
            for workspace_id in await installs.list_workspaces(self.db)
        ]
        dispatched, skipped = found.count(True), found.count(False)
        async with self.db.routing(name="end_fan_out") as tx:
            await runs.end_fan_out(
                tx, kind, slot, dispatched=dispatched, skipped=skipped, now=self.now()
            )
        took_s = perf_counter() - began
        self.watch.fanned_out(kind, dispatched=dispatched, skipped=skipped, took_s=took_s)
        _log.info(
            "runs.fanned_out",
            kind=kind,
            slot=job.ref,
            dispatched=dispatched,
            skipped=skipped,
            took_s=round(took_s, 3),
        )

    async def _dispatch(
        self, workspace_id: WorkspaceId, slot: datetime, *, too_late: bool
    ) -> bool | None:
        async with self.db.transaction(workspace_id, name="dispatch_run") as tx:
            params = await self.params(tx)
            if params is None:
                return None
            return await runs.dispatch(
                tx, self.pipeline.kind, params, slot=slot, too_late=too_late, now=self.now()
            )
