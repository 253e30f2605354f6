"""What `hunch runs` does: look at runs, and steer them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import assert_never

from pydantic import BaseModel, ValidationError

from bot.app.services import Services
from bot.domain.ids import WorkspaceId
from bot.domain.runs import FanOut, RunDetail, RunId, State, Trigger
from bot.errors import UserError
from bot.use_cases import runs
from bot.use_cases.runs import AlreadyActive, Cancelling, RunPage, Started

_BY = "operator"
_LOOK_EVERY_S = 1.0

Steer = Callable[..., Awaitable[Started | AlreadyActive]]


async def list_runs(
    services: Services,
    workspace_id: WorkspaceId,
    *,
    kind: str = "",
    states: Sequence[State] = (),
    since: datetime | None = None,
    limit: int = 20,
) -> RunPage:
    """Runs, newest first."""
    async with services.store.database.transaction(workspace_id, name="list_runs") as tx:
        return await runs.list_runs(tx, kind=kind, states=states, since=since, limit=limit)


async def list_fan_outs(services: Services) -> Sequence[FanOut]:
    """What the schedules' starts of runs came to, newest first."""
    async with services.store.database.routing(name="list_fan_outs") as tx:
        return await runs.latest_fan_outs(tx)


async def show_run(services: Services, workspace_id: WorkspaceId, run_id: RunId) -> RunDetail:
    """All about one. Raises Missing where there is none."""
    async with services.store.database.transaction(workspace_id, name="show_run") as tx:
        return await runs.get_run(tx, run_id)


async def watch_run(
    services: Services, workspace_id: WorkspaceId, run_id: RunId
) -> AsyncIterator[RunDetail]:
    """The run as it is each second, until it has ended."""
    while True:
        detail = await show_run(services, workspace_id, run_id)
        yield detail
        if not detail.run.state.is_active:
            return
        await asyncio.sleep(_LOOK_EVERY_S)


async def start_run(services: Services, workspace_id: WorkspaceId, kind: str, params: str) -> RunId:
    """Start a run with parameters as JSON. Raises UserError where that cannot be."""
    wanted = _params(services, kind, params)
    async with services.store.database.transaction(workspace_id, name="start_run") as tx:
        found = await runs.start(
            tx, kind, wanted, trigger=Trigger.PERSON, by=_BY, now=services.now()
        )
        return _begun(found)


def _params(services: Services, kind: str, params: str) -> BaseModel:
    known = services.desk.kinds
    if kind not in known:
        listed = ", ".join(sorted(known))
        raise UserError(f"There is no kind of run {kind}. There are: {listed}.")
    try:
        return known[kind].takes.model_validate_json(params)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "as a whole"
        raise UserError(
            f"--params: {where}: {first['msg']}. Write a JSON object, as in '{{}}'."
        ) from error


async def retry_run(services: Services, workspace_id: WorkspaceId, run_id: RunId) -> RunId:
    """Go on with a run from the step it ended in."""
    return await _steer(services, workspace_id, run_id, runs.retry)


async def restart_run(services: Services, workspace_id: WorkspaceId, run_id: RunId) -> RunId:
    """Begin again from the first step; the new run's number."""
    return await _steer(services, workspace_id, run_id, runs.restart)


async def _steer(
    services: Services, workspace_id: WorkspaceId, run_id: RunId, steer: Steer
) -> RunId:
    async with services.store.database.transaction(workspace_id, name="steer_run") as tx:
        return _begun(await steer(tx, run_id, by=_BY, now=services.now()))


def _begun(found: Started | AlreadyActive) -> RunId:
    match found:
        case Started(run_id):
            return run_id
        case AlreadyActive(run_id):
            raise UserError(
                f"Run {run_id} of this kind has not ended yet, and there is at most one at a time. "
                f"`hunch runs watch {run_id}` shows how it goes."
            )
        case never:
            assert_never(never)


async def cancel_run(services: Services, workspace_id: WorkspaceId, run_id: RunId) -> Cancelling:
    async with services.store.database.transaction(workspace_id, name="steer_run") as tx:
        return await runs.cancel(tx, run_id, by=_BY, now=services.now())


async def note_run(services: Services, workspace_id: WorkspaceId, run_id: RunId, text: str) -> None:
    """Attach a note to a run."""
    async with services.store.database.transaction(workspace_id, name="steer_run") as tx:
        await runs.attach_note(tx, run_id, text, by=_BY, now=services.now())
