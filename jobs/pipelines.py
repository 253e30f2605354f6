"""Long work as a declared list of steps, of which nothing is lost and nothing is done by two.

A pipeline says what there is to do; a run (bot/domain/runs.py) is one execution of it, kept in the
database step by step, so that people can watch, cancel and retry it. The worker of `runs.step` jobs
(jobs/runs.py) hands each step its input and a `StepRun`, and stores what comes of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from bot.domain.ids import WorkspaceId
from bot.domain.runs import Hold, RunId, Trigger
from bot.ports import Database, Transaction
from bot.ports.github import CredentialCheck
from bot.use_cases import runs


@dataclass(frozen=True, slots=True)
class Done:
    """The step is finished; `output` is what the next one takes.

    `partial`: not all of it could be done, `message` says what is missing.
    """

    output: BaseModel
    message: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    partial: bool = False


@dataclass(frozen=True, slots=True)
class More:
    """A part of a long step is finished; the same step goes on with `next_input`.

    Between two parts others have their turn, and a run can be cancelled.
    """

    next_input: BaseModel
    message: str = ""


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """There is nothing to do, also not for the steps that would follow."""

    message: str


Outcome = Done | More | NothingToDo


@dataclass(frozen=True, slots=True)
class StepRun:
    """What a step is given: whose run it is, and where its transactions come from."""

    workspace_id: WorkspaceId
    run_id: RunId
    attempt: int
    trigger: Trigger
    now: Callable[[], datetime]
    db: Database = field(repr=False)
    hold: Hold = field(repr=False)

    @asynccontextmanager
    async def transaction(self, *, name: str) -> AsyncIterator[Transaction]:
        """A transaction of this attempt; the run is locked while it is open.

        Raises Superseded when this is no longer the current attempt, so that a worker that was
        frozen cannot commit what another one has taken over.
        """
        async with self.db.transaction(self.workspace_id, name=name) as tx:
            await runs.hold(tx, self.hold)
            yield tx

    async def report(
        self,
        tx: Transaction,
        *,
        done: int,
        total: int | None = None,
        counts: Mapping[str, int] | None = None,
        message: str = "",
    ) -> None:
        """Say how far the step is, in a transaction of `transaction`: `done` of `total`."""
        await runs.report(
            tx, self.hold, done=done, total=total, counts=counts or {}, message=message
        )

    async def keep_artifact(self, tx: Transaction, name: str, media_type: str, body: bytes) -> None:
        """Keep an output under the run; the same name again replaces it.

        Raises UserError where it is too large, or its name or media type cannot be.
        """
        await runs.keep_artifact(tx, self.hold, name, media_type, body, now=self.now())


@dataclass(frozen=True, slots=True)
class Step:
    """One stage: `work` takes a model of `takes` and its outcome's output is a `gives`.

    `work` may be called again with the same input, after a crash also where it had finished: what
    it does is idempotent. It raises Retryable to be called again later, Permanent or UserError
    where that would not help; anything else is tried five times.
    """

    name: str
    title: str
    work: Callable[[StepRun, Any], Awaitable[Outcome]]
    takes: type[BaseModel]
    gives: type[BaseModel]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A kind of run. Each step takes what the one before gives, the first the run's parameters.

    A scheduled run that could not begin within `window` is skipped. `credential` is asked before
    the work, with the parameters, and before each retry. `nightly` reads in a workspace what its
    scheduled run is asked for; None where there is nothing to run there. `asks` are the
    parameters that people may give, where the first step takes more: how far it is by now.
    """

    kind: str
    title: str
    steps: tuple[Step, ...]
    window: timedelta | None = None
    credential: Callable[[WorkspaceId, Any], Awaitable[CredentialCheck]] | None = None
    nightly: Callable[[Transaction], Awaitable[BaseModel | None]] | None = None
    asks: type[BaseModel] | None = None

    def __post_init__(self) -> None:
        names = [step.name for step in self.steps]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"pipeline {self.kind}: give each step a name of its own")
        if self.asks is not None and not issubclass(self.takes, self.asks):
            raise TypeError(f"pipeline {self.kind}: its first step takes something else")
        for one, following in zip(self.steps, self.steps[1:], strict=False):
            if not issubclass(one.gives, following.takes):
                raise TypeError(f"pipeline {self.kind}: {following.name} takes something else")

    @property
    def takes(self) -> type[BaseModel]:
        """The run's parameters."""
        return self.steps[0].takes
