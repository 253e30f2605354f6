"""Links to GitHub accounts that GitHub itself vouches for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.ids import GithubLogin, MemberId
from bot.domain.members import Claim, LinkState
from bot.ports import Row, Transaction

# Locked, so that of two proofs at once the later one sees the earlier.
_KNOWN = """
    SELECT github_login, member_id, state, source FROM github_links
     WHERE workspace_id = $1 AND (github_login = $2 OR member_id = $3 OR github_id = $4)
     ORDER BY github_login, member_id FOR UPDATE
"""
_END = """
    DELETE FROM github_links WHERE workspace_id = $1 AND github_login = $2 AND member_id = $3
"""
_KEEP = """
    INSERT INTO github_links
           (workspace_id, github_login, member_id, state, source, github_id, linked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (workspace_id, github_login, member_id) DO UPDATE
       SET state = EXCLUDED.state, source = EXCLUDED.source, github_id = EXCLUDED.github_id
     WHERE (github_links.state, github_links.source, github_links.github_id)
           IS DISTINCT FROM (EXCLUDED.state, EXCLUDED.source, EXCLUDED.github_id)
 RETURNING github_login
"""


async def known(
    tx: Transaction, login: GithubLogin, member_id: MemberId, github_id: int
) -> Sequence[Claim]:
    """What is said of a login, of a member, and of an account that had another login."""
    rows = await tx.fetch(_KNOWN, tx.workspace_id, login, member_id, github_id)
    return [_claim(row) for row in rows]


async def end(tx: Transaction, claims: Sequence[Claim]) -> None:
    """These hold no longer."""
    await tx.executemany(_END, [(tx.workspace_id, one.login, one.member_id) for one in claims])


async def keep(tx: Transaction, link: Claim, github_id: int, *, now: datetime) -> bool:
    """Keep a proven link; False when just this one was kept already."""
    row = (link.login, link.member_id, link.state, link.source, github_id, now)
    return await tx.fetchval(_KEEP, tx.workspace_id, *row) is not None


def _claim(row: Row) -> Claim:
    login = GithubLogin(row["github_login"])
    return Claim(login, row["member_id"], LinkState(row["state"]), row["source"])
