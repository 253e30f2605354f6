"""Looks after the keys that seal secrets: what lies under which, and a newer key for all of it.

Batch by batch, a transaction each, while everybody goes on reading and writing secrets: killed in
the middle it goes on where it was when it is begun again, and two at once share the work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.domain.ids import WorkspaceId
from bot.ports import Database, Held
from storage import keys
from storage.keys import Batch, Group, KeyKeeper, Place

# Secrets that are being written while we come by are few, and written in a moment.
_PASSES = 20
_BETWEEN_PASSES_S = 0.05

Tell = Callable[[int], None]
Step = Callable[[WorkspaceId, Place], Awaitable[Batch]]


@dataclass(frozen=True, slots=True)
class Locked:
    """A secret that no key of ours opens."""

    workspace_id: WorkspaceId
    held: Held


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many secrets were opened, which not, and how many are left for another time."""

    opened: int = 0
    locked: tuple[Locked, ...] = ()
    left: int = 0

    def plus(self, other: Outcome) -> Outcome:
        """Both together."""
        return Outcome(
            self.opened + other.opened, self.locked + other.locked, self.left + other.left
        )


async def list_groups(db: Database) -> Sequence[Group]:
    """How many secrets lie under which key, by workspace, purpose and key."""
    async with db.routing(name="count_secrets") as tx:
        return await keys.groups(tx)


async def any_secret(db: Database) -> bool:
    """Whether any workspace has a secret."""
    return bool(await list_groups(db))


async def verify(db: Database, keeper: KeyKeeper, *, tell: Tell) -> Outcome:
    """Open every secret there is; `tell` hears how many were looked at."""

    async def step(workspace_id: WorkspaceId, after: Place) -> Batch:
        async with db.transaction(workspace_id, name="verify_secrets") as tx:
            return await keeper.verify_some(tx, after)

    whole = Outcome()
    for workspace_id in await _workspaces(db):
        whole = whole.plus(await _pass(step, workspace_id, tell))
    return whole


async def rotate(db: Database, keeper: KeyKeeper, *, tell: Tell) -> Outcome:
    """Seal everything under the newest key; `tell` hears how many were."""
    whole = Outcome()
    for workspace_id in await _workspaces(db):
        whole = whole.plus(await _rotate_one(db, keeper, workspace_id, tell))
    return whole


async def _rotate_one(
    db: Database, keeper: KeyKeeper, workspace_id: WorkspaceId, tell: Tell
) -> Outcome:
    async def step(workspace_id: WorkspaceId, after: Place) -> Batch:
        async with db.transaction(workspace_id, name="rotate_secrets") as tx:
            return await keeper.rotate_some(tx, after)

    opened = left = 0
    for _ in range(_PASSES):
        done = await _pass(step, workspace_id, tell)
        opened += done.opened
        async with db.transaction(workspace_id, name="count_older_secrets") as tx:
            left = await keeper.count_older(tx) - len(done.locked)
        if left <= 0:
            break
        await asyncio.sleep(_BETWEEN_PASSES_S)
    return Outcome(opened, done.locked, max(left, 0))


async def _pass(step: Step, workspace_id: WorkspaceId, tell: Tell) -> Outcome:
    """Once through a workspace's secrets."""
    whole, after = Outcome(), keys.START
    while True:
        batch = await step(workspace_id, after)
        locked = tuple(Locked(workspace_id, held) for held in batch.locked)
        whole = whole.plus(Outcome(batch.opened, locked))
        if batch.last is None:
            return whole
        after = batch.last
        tell(batch.opened + len(locked))


async def _workspaces(db: Database) -> Sequence[WorkspaceId]:
    """Also those that have uninstalled, if they left a secret."""
    return sorted({group.workspace_id for group in await list_groups(db)})
