"""Which repositories there are and which count: what `hunch repositories` does."""

from __future__ import annotations

from collections.abc import Sequence

from bot.app.services import Services
from bot.domain.ids import WorkspaceId
from bot.domain.repositories import Choice, Selection
from bot.use_cases import repositories
from bot.use_cases.repositories import Preview, Selected
from storage.repositories import Listed


async def list_repositories(
    services: Services, workspace_id: WorkspaceId
) -> tuple[Selection, Sequence[Listed]]:
    """How it was chosen, and all repositories we ever heard of, by name."""
    async with services.store.database.transaction(workspace_id, name="list_repositories") as tx:
        return await repositories.list_all(tx)


async def preview(
    services: Services, workspace_id: WorkspaceId, choice: Choice, lines: Sequence[str]
) -> Preview:
    """What a choice would let count. Raises UserError for what cannot be meant."""
    async with services.store.database.transaction(workspace_id, name="list_repositories") as tx:
        return await repositories.preview(tx, await repositories.read_wanted(tx, choice, lines))


async def select(
    services: Services, workspace_id: WorkspaceId, choice: Choice, lines: Sequence[str]
) -> Selected:
    """Let these count from now on. Raises UserError for what cannot be meant."""
    async with services.store.database.transaction(workspace_id, name="select_by_command") as tx:
        wanted = await repositories.read_wanted(tx, choice, lines)
        return await repositories.select(tx, wanted, actor="operator", now=services.now())
