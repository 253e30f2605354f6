"""Accounts on GitHub that a workspace has met: who they are, and whether the organisation has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.pull_requests import Actor
from bot.ports import Transaction
from storage import arrays

_KEEP = """
    INSERT INTO github_accounts AS a (workspace_id, account_id, login, kind)
    SELECT $1, n.account_id, n.login, n.kind
      FROM unnest($2::bigint[], $3::text[], $4::text[]) AS n (account_id, login, kind)
    ON CONFLICT (workspace_id, account_id) DO UPDATE
       SET login = EXCLUDED.login, kind = EXCLUDED.kind
     WHERE (a.login, a.kind) <> (EXCLUDED.login, EXCLUDED.kind)
"""
_HEAR = """
    UPDATE github_accounts
       SET in_org = $3, left_at = CASE WHEN $3 THEN NULL ELSE $4::timestamptz END, heard_at = $4
     WHERE workspace_id = $1 AND account_id = ANY ($2::bigint[])
       AND coalesce(heard_at, '-infinity') <= $4
"""
_MISSED = """
    UPDATE github_accounts SET in_org = false, left_at = $2, heard_at = $2
     WHERE workspace_id = $1 AND in_org AND coalesce(heard_at, '-infinity') < $2
 RETURNING account_id
"""


async def keep(tx: Transaction, accounts: Sequence[Actor]) -> None:
    """Know these accounts, by their newest logins."""
    by_id = {account.github_id: account for account in accounts}
    rows = [(one.github_id, one.login, one.kind) for _, one in sorted(by_id.items())]
    await arrays.execute(tx, _KEEP, rows)


async def hear(tx: Transaction, ids: Sequence[int], *, in_org: bool, heard_at: datetime) -> None:
    """Note whether the organisation has them; what was heard last counts, in whatever order."""
    await tx.execute(_HEAR, tx.workspace_id, list(ids), in_org, heard_at)


async def miss_unseen(tx: Transaction, *, since: datetime) -> int:
    """Whoever was in the organisation, and was not heard of since, has left; how many."""
    return len(await tx.fetch(_MISSED, tx.workspace_id, since))
