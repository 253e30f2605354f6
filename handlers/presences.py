"""Remembers for a moment where Hunch is installed, so that a burst asks the database once."""

from __future__ import annotations

import time

from bot.domain.ids import WorkspaceId
from bot.domain.installs import Workspace
from bot.use_cases import installs
from handlers.desk import Desk

_FRESH_S = 10.0


class Presences:
    """The workspaces that knocked a moment ago."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[WorkspaceId, tuple[float, Workspace]] = {}

    async def find(self, workspace_id: WorkspaceId, org_id: WorkspaceId) -> Workspace | None:
        """The workspace, if Hunch is installed in it or in the whole of its organisation."""
        known = self._known.get(workspace_id)
        if known is not None and time.monotonic() - known[0] < _FRESH_S:
            return known[1]
        if not workspace_id:
            return None
        found = await installs.meet(self._desk.db, workspace_id, org_id, now=self._desk.now())
        if found is not None:
            self._known[workspace_id] = (time.monotonic(), found)
        return found

    def forget(self, workspace_id: WorkspaceId) -> None:
        """It has left; whatever still comes from it is a stranger's."""
        self._known.pop(workspace_id, None)
