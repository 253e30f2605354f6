"""What leads from GitHub to a workspace, and from a workspace to GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.connections import Connection, ConnectionKind, ConnectionState, Finding
from bot.ports import Row, Transaction

_INSTALLATIONS = """
    SELECT installation_id FROM github_routes WHERE workspace_id = $1 ORDER BY installation_id
"""
_REMOVE_INSTALLATION = """
    DELETE FROM github_routes WHERE workspace_id = $1 AND installation_id = $2
"""
_HOOKS_LIKE = """
    SELECT hook_key FROM hook_routes WHERE workspace_id = $1 AND starts_with(hook_key, $2) LIMIT 2
"""
_REMOVE_HOOK = "DELETE FROM hook_routes WHERE workspace_id = $1 AND hook_key = $2"
_SELECT = """
    SELECT connection_id, kind, account, account_id, installation_id, state, scopes, missing,
           expires_at, checked_at, connected_at, state_since
      FROM connections WHERE workspace_id = $1
"""
_ALL = f"{_SELECT} ORDER BY account"
_FIND = f"{_SELECT} AND connection_id = $2"
_LOCK = f"{_FIND} FOR NO KEY UPDATE"
_OF_ACCOUNT = f"{_SELECT} AND service = 'github' AND account = $2 FOR NO KEY UPDATE"
_OF_INSTALLATION = f"{_SELECT} AND installation_id = $2"
_KEEP = """
    INSERT INTO connections AS c
           (workspace_id, service, kind, account, account_id, installation_id, state, scopes,
            missing, expires_at, checked_at, connected_at, state_since)
         VALUES ($1, 'github', $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $10)
    ON CONFLICT (workspace_id, service, account) DO UPDATE
       SET kind = EXCLUDED.kind, account_id = EXCLUDED.account_id,
           installation_id = EXCLUDED.installation_id
 RETURNING connection_id
"""
# A name that another connection has already is taken over once that one is gone.
_SETTLE = """
    UPDATE connections c
       SET state = $3, scopes = $4, missing = $5, expires_at = $6, checked_at = $7,
           state_since = CASE WHEN c.state = $3 THEN c.state_since ELSE $7 END,
           account_id = coalesce($8, c.account_id),
           account = CASE WHEN $9 = '' OR EXISTS (
                               SELECT FROM connections o
                                WHERE o.workspace_id = $1 AND o.service = c.service
                                  AND o.account = $9)
                          THEN c.account ELSE $9 END
     WHERE c.workspace_id = $1 AND c.connection_id = $2
"""


async def installations(tx: Transaction) -> Sequence[int]:
    """The GitHub App installations of this workspace."""
    return [row["installation_id"] for row in await tx.fetch(_INSTALLATIONS, tx.workspace_id)]


async def remove_installation(tx: Transaction, installation_id: int) -> None:
    """Take no deliveries of this installation any more."""
    await tx.execute(_REMOVE_INSTALLATION, tx.workspace_id, installation_id)


async def hooks_like(tx: Transaction, beginning: str) -> Sequence[str]:
    """At most two keys of this workspace's webhooks that begin so."""
    rows = await tx.fetch(_HOOKS_LIKE, tx.workspace_id, beginning)
    return [row["hook_key"] for row in rows]


async def remove_hook(tx: Transaction, hook_key: str) -> None:
    await tx.execute(_REMOVE_HOOK, tx.workspace_id, hook_key)


async def list_all(tx: Transaction) -> Sequence[Connection]:
    """All ways into GitHub, by account."""
    return [_connection(row) for row in await tx.fetch(_ALL, tx.workspace_id)]


async def find(tx: Transaction, connection_id: int) -> Connection | None:
    return _one(await tx.fetchrow(_FIND, tx.workspace_id, connection_id))


async def lock(tx: Transaction, connection_id: int) -> Connection | None:
    """The connection; nobody else changes it until the transaction ends."""
    return _one(await tx.fetchrow(_LOCK, tx.workspace_id, connection_id))


async def of_account(tx: Transaction, account: str) -> Connection | None:
    """The connection to an account (in lower case), locked."""
    return _one(await tx.fetchrow(_OF_ACCOUNT, tx.workspace_id, account))


async def of_installation(tx: Transaction, installation_id: int) -> Connection | None:
    return _one(await tx.fetchrow(_OF_INSTALLATION, tx.workspace_id, installation_id))


async def keep(
    tx: Transaction,
    kind: ConnectionKind,
    finding: Finding,
    installation_id: int | None,
    *,
    now: datetime,
) -> int:
    """Reach an account in this way from now on; returns the connection's id.

    Where there was one, its state stays what it was until `settle`.
    """
    said = (finding.state, sorted(finding.scopes), list(finding.missing), finding.expires_at, now)
    which = (kind, finding.account, finding.account_id, installation_id)
    return int(await tx.fetchval(_KEEP, tx.workspace_id, *which, *said))


async def settle(
    tx: Transaction, before: Connection, finding: Finding, *, now: datetime
) -> Connection:
    """Keep what GitHub says about a connection that is locked; returns it as it is now."""
    said = (finding.state, sorted(finding.scopes), list(finding.missing), finding.expires_at, now)
    whose = (finding.account_id, finding.account)
    await tx.execute(_SETTLE, tx.workspace_id, before.connection_id, *said, *whose)
    after = await find(tx, before.connection_id)
    assert after is not None, "it is locked"
    return after


def _one(row: Row | None) -> Connection | None:
    return None if row is None else _connection(row)


def _connection(row: Row) -> Connection:
    return Connection(
        **{
            **row,
            "kind": ConnectionKind(row["kind"]),
            "state": ConnectionState(row["state"]),
            "scopes": frozenset(row["scopes"]),
            "missing": tuple(row["missing"]),
        }
    )
