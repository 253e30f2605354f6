"""What an operator does about connections to GitHub, from the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from bot.app.services import Services
from bot.domain.connections import Connection, Finding
from bot.domain.ids import WorkspaceId
from bot.errors import Permanent, Retryable, UserError
from bot.use_cases import connections
from bot.use_cases.connections import Installed, TokenOf
from bot.use_cases.members import normalized_login

_OPERATOR = "operator"


async def connect_token(
    services: Services, workspace_id: WorkspaceId, account: str, token: str
) -> Connection:
    """Keep a token for an account's repositories, once GitHub has said what it opens.

    Raises UserError: it will not do, or GitHub cannot be asked.
    """
    login = normalized_login(account)
    try:
        finding = await services.githubs.look_at_new_token(token, login)
    except (Permanent, Retryable) as error:
        raise UserError(
            f"GitHub cannot be asked about the token ({error.reason}). It was not kept; try again."
        ) from error
    connections.require_use(finding, login)
    async with services.store.database.transaction(workspace_id, name="connect") as tx:
        return await connections.connect_token(
            tx, TokenOf(token, finding), actor=_OPERATOR, vault=services.vault, now=services.now()
        )


async def connect_app(
    services: Services, workspace_id: WorkspaceId, installation_id: int
) -> Connection | None:
    """Connect an installation of our GitHub App, as GitHub describes it.

    None where the settings name no App: then only its webhooks are taken. Raises UserError.
    """
    if services.githubs.for_app() is None:
        async with services.store.database.transaction(workspace_id, name="connect") as tx:
            await connections.connect_installation(tx, installation_id, now=services.now())
        return None
    installed = Installed(installation_id, await _look(services, installation_id))
    async with services.store.database.transaction(workspace_id, name="connect") as tx:
        return await connections.connect_app(
            tx, installed, actor=_OPERATOR, vault=services.vault, now=services.now()
        )


async def _look(services: Services, installation_id: int) -> Finding:
    try:
        finding = await services.githubs.look_at_installation(installation_id)
    except (Permanent, Retryable) as error:
        raise UserError(
            f"GitHub cannot be asked about the installation ({error.reason}). Nothing was changed; "
            "`hunch doctor` says more."
        ) from error
    if not finding.account:
        raise UserError(
            f"GitHub shows the App no installation {installation_id}. Its number is at the end of "
            "the address of its page on GitHub, under Installed GitHub Apps, Configure."
        )
    return finding


async def list_githubs(services: Services, workspace_id: WorkspaceId) -> Sequence[Connection]:
    """The workspace's ways into GitHub."""
    async with services.store.database.transaction(workspace_id, name="read_connections") as tx:
        return await connections.list_githubs(tx)
