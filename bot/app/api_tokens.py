"""What `hunch tokens` does."""

from __future__ import annotations

from collections.abc import Sequence

from bot.app.services import Services
from bot.domain.api_tokens import Access, ApiToken
from bot.domain.ids import WorkspaceId
from bot.use_cases import api_tokens
from bot.use_cases.api_tokens import NewToken


async def add_token(
    services: Services, workspace_id: WorkspaceId, name: str, access: Access, *, days: int
) -> NewToken:
    """Make a token for the operators' API; its text is shown once."""
    async with services.store.database.transaction(workspace_id, name="add_token") as tx:
        return await api_tokens.add(tx, name, access, days=days, now=services.now())


async def list_tokens(services: Services, workspace_id: WorkspaceId) -> Sequence[ApiToken]:
    async with services.store.database.transaction(workspace_id, name="list_tokens") as tx:
        return await api_tokens.list_all(tx)


async def revoke_token(services: Services, workspace_id: WorkspaceId, token_id: int) -> None:
    """End a token at once. Raises UserError if there is none."""
    async with services.store.database.transaction(workspace_id, name="revoke_token") as tx:
        await api_tokens.revoke(tx, token_id, now=services.now())
