"""A pipeline for tests: how many pages, each page, a sum; what happens on the way is a script."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import BaseModel

from bot.domain.ids import WorkspaceId
from bot.ports.github import CredentialCheck, CredentialState
from jobs.pipelines import Done, More, NothingToDo, Outcome, Pipeline, Step, StepRun

KIND = "errands"


class Wanted(BaseModel):
    pages: int = 3


class Pages(BaseModel):
    pages: int
    read: int = 0
    total: int = 0


class Sum(BaseModel):
    total: int


Happening = Callable[[StepRun], Awaitable[Outcome | None]]


@dataclass
class Errands:
    """Counts the pages, reads them one by one, adds up; `before` a step something may happen."""

    did: list[str] = field(default_factory=list)
    before: dict[str, list[Happening]] = field(default_factory=dict)
    credential_state: CredentialState = CredentialState.VALID
    checks: int = 0

    def then(self, step: str, *happenings: Happening) -> None:
        """What happens when `step` is done next, and after that, and after that."""
        self.before.setdefault(step, []).extend(happenings)

    async def _come_by(self, run: StepRun, step: str) -> Outcome | None:
        self.did.append(step)
        waiting = self.before.get(step)
        return await waiting.pop(0)(run) if waiting else None

    async def count(self, run: StepRun, wanted: Wanted) -> Outcome:
        if (instead := await self._come_by(run, "count")) is not None:
            return instead
        if wanted.pages == 0:
            return NothingToDo("There are no pages.")
        return Done(Pages(pages=wanted.pages), f"{wanted.pages} pages.")

    async def read(self, run: StepRun, page: Pages) -> Outcome:
        if (instead := await self._come_by(run, "read")) is not None:
            return instead
        read, total = page.read + 1, page.total + page.read
        async with run.transaction(name="read_page") as tx:
            body = f"page {read}".encode()
            await run.keep_artifact(tx, f"page-{read}.txt", "text/plain", body)
            counts = {"pages": read}
            await run.report(tx, done=read, total=page.pages, counts=counts, message="Reading.")
        further = Pages(pages=page.pages, read=read, total=total)
        if read < page.pages:
            return More(further, f"Read {read} of {page.pages}.")
        return Done(further, "Read them all.", {"pages": read})

    async def add_up(self, run: StepRun, page: Pages) -> Outcome:
        if (instead := await self._come_by(run, "add_up")) is not None:
            return instead
        return Done(Sum(total=page.total), f"The sum is {page.total}.")

    async def check(self, workspace_id: WorkspaceId, wanted: Wanted) -> CredentialCheck:
        self.checks += 1
        fix = "" if self.credential_state is CredentialState.VALID else "Connect it again."
        return CredentialCheck("GitHub App on acme", self.credential_state, fix)

    def pipeline(
        self, *, with_credential: bool = False, window: timedelta | None = None
    ) -> Pipeline:
        return Pipeline(
            KIND,
            "Run errands",
            (
                Step("count", "Count the pages", self.count, Wanted, Pages),
                Step("read", "Read the pages", self.read, Pages, Pages),
                Step("add_up", "Add up", self.add_up, Pages, Sum),
            ),
            window=window,
            credential=self.check if with_credential else None,
        )


def breaks(error: Exception) -> Happening:
    async def happen(run: StepRun) -> Outcome | None:
        raise error

    return happen
