"""What an operator does from the terminal while Hunch runs or rests."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bot.app.services import Services
from bot.domain.ids import GithubLogin, WorkspaceId
from bot.errors import UserError
from bot.use_cases import connections, installs, members
from bot.use_cases.connections import Hook


async def which_workspace(services: Services, wanted: str | None) -> WorkspaceId:
    """The workspace meant: the one named, or the only one. Raises UserError otherwise."""
    known = await installs.list_workspaces(services.store.database)
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted is not None and wanted in known:
        return WorkspaceId(wanted)
    listed = ", ".join(known) or "none yet; start Hunch with its SLACK_BOT_TOKEN once"
    raise UserError(f"--workspace: say which workspace. Known: {listed}.")


async def connect_webhook(
    services: Services, workspace_id: WorkspaceId, *, instead_of: str | None = None
) -> Hook:
    """Make a webhook for a repository or organisation, and forget the one that begins so."""
    async with services.store.database.transaction(workspace_id, name="connect") as tx:
        return await connections.connect_webhook(
            tx, vault=services.vault, now=services.now(), instead_of=instead_of
        )


async def link_members(
    services: Services, workspace_id: WorkspaceId, pairs: Sequence[tuple[str, str]], *, source: str
) -> int:
    """Link Slack users to GitHub logins, all or none. Raises UserError naming the wrong one."""
    now: datetime = services.now()
    async with services.store.database.transaction(workspace_id, name="link_members") as tx:
        for slack_user_id, login in pairs:
            try:
                await members.link(
                    tx,
                    slack_user_id,
                    members.normalized_login(login),
                    actor="operator",
                    source=source,
                    now=now,
                )
            except UserError as error:
                raise UserError(f"{slack_user_id}, {login}: {error} Nobody was linked.") from error
    return len(pairs)


async def unlink_member(
    services: Services, workspace_id: WorkspaceId, slack_user_id: str
) -> GithubLogin | None:
    """End a person's link; the login it was, if any. Raises UserError for unknown people."""
    async with services.store.database.transaction(workspace_id, name="unlink_member") as tx:
        with _naming(slack_user_id):
            return await members.unlink(tx, slack_user_id, actor="operator", now=services.now())


async def exclude_member(
    services: Services, workspace_id: WorkspaceId, slack_user_id: str, excluded: bool
) -> None:
    """Keep a person out of the game, or let them in again. Raises UserError for unknown people."""
    now = services.now()
    async with services.store.database.transaction(workspace_id, name="exclude_member") as tx:
        with _naming(slack_user_id):
            await members.exclude(tx, slack_user_id, excluded, actor="operator", now=now)


@contextmanager
def _naming(slack_user_id: str) -> Iterator[None]:
    """Complaints say whom they are about."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{slack_user_id}: {error}") from error


async def unlinked(services: Services, workspace_id: WorkspaceId) -> Sequence[str]:
    """GitHub accounts that merged or reviewed and that nobody in Slack is linked to."""
    async with services.store.database.transaction(workspace_id, name="read_unlinked") as tx:
        return [account.login for account in await members.unlinked(tx)]


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Slack user and GitHub login from a CSV file with the columns `slack` and `github`.

    Raises UserError when the file cannot be read as such.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
            return [(row["slack"].strip(), row["github"].strip()) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read ({error}).") from error
    except (KeyError, AttributeError):
        raise UserError(
            f"{path}: needs a first line with `slack,github`, then a pair a line."
        ) from None
