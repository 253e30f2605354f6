"""Rows for the tables that the game by itself leaves empty: GitHub's, of runs and their like."""

from __future__ import annotations

from bot.ports import Transaction

_ROWS = (
    """INSERT INTO connections (workspace_id, service, kind, account, state, connected_at)
            VALUES ($1, 'github', 'token', 'acme', 'active', now())""",
    """INSERT INTO repositories (workspace_id, repository_id, full_name, discovered_at)
            VALUES ($1, 7, 'acme/shop', now()) ON CONFLICT DO NOTHING""",
    """INSERT INTO github_accounts (workspace_id, account_id, login, kind)
            VALUES ($1, 7, 'somebody', 'user') ON CONFLICT DO NOTHING""",
    """INSERT INTO teams (workspace_id, github_team_id, organisation, slug, name)
            VALUES ($1, 7, 'acme', 'shop', 'Shop')""",
    """INSERT INTO team_memberships (workspace_id, team_id, account_id, since)
            SELECT $1, team_id, 7, now() FROM teams""",
    """INSERT INTO commits (workspace_id, repository_id, number, sha, authored_at, committed_at)
            VALUES ($1, 7, 7, 'abc', now(), now())""",
    """INSERT INTO pull_request_events (workspace_id, repository_id, number, turn, happened_at)
            VALUES ($1, 7, 7, 'ready', now())""",
)


async def fill(tx: Transaction) -> None:
    """Leave a row in each of them."""
    for statement in _ROWS:
        await tx.execute(statement, tx.workspace_id)
