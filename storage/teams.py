"""Teams, and who was in them when: the news that came, and the times they make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.teams import MembershipNews, Said, Spell, Team
from bot.ports import Transaction
from storage import arrays

_KEEP = """
    INSERT INTO teams AS t (workspace_id, github_team_id, organisation, slug, name, parent_id,
                            heard_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (workspace_id, github_team_id) DO UPDATE
       SET organisation = EXCLUDED.organisation, slug = EXCLUDED.slug, name = EXCLUDED.name,
           parent_id = EXCLUDED.parent_id, gone_at = NULL, heard_at = EXCLUDED.heard_at
     WHERE t.heard_at <= EXCLUDED.heard_at
"""
# Whoever writes down news of a team does so alone.
_LOCK = """
    SELECT team_id, looked_at FROM teams WHERE workspace_id = $1 AND github_team_id = $2 FOR UPDATE
"""
_GONE = """
    UPDATE teams SET gone_at = $3, heard_at = $3
     WHERE workspace_id = $1 AND github_team_id = $2 AND heard_at <= $3
"""
_HERE = """
    SELECT github_team_id FROM teams
     WHERE workspace_id = $1 AND organisation = $2 AND gone_at IS NULL ORDER BY github_team_id
"""
_RENAMED = """
    UPDATE teams SET organisation = $3 WHERE workspace_id = $1 AND organisation = $2
"""
_LOOKED = """
    UPDATE teams SET looked_at = $3
     WHERE workspace_id = $1 AND team_id = $2 AND coalesce(looked_at, '-infinity') < $3
"""
_NEWS = """
    SELECT account_id, heard_at, said FROM team_news WHERE workspace_id = $1 AND team_id = $2
"""
_ADD_NEWS = """
    INSERT INTO team_news (workspace_id, team_id, account_id, heard_at, said)
    SELECT $1, n.team_id, n.account_id, n.heard_at, n.said
      FROM unnest($2::bigint[], $3::bigint[], $4::timestamptz[], $5::text[])
        AS n (team_id, account_id, heard_at, said)
    ON CONFLICT DO NOTHING
"""
_DROP_SPELLS = """
    DELETE FROM team_memberships
     WHERE workspace_id = $1 AND team_id = $2 AND account_id = ANY ($3::bigint[])
"""
_ADD_SPELLS = """
    INSERT INTO team_memberships (workspace_id, team_id, account_id, since, until)
    SELECT $1, n.team_id, n.account_id, n.since, n.until
      FROM unnest($2::bigint[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
        AS n (team_id, account_id, since, until)
"""
_TEAMS_OF = """
    SELECT t.github_team_id
      FROM team_memberships m JOIN teams t USING (workspace_id, team_id)
     WHERE workspace_id = $1 AND m.account_id = $2 AND t.organisation = $3 AND m.until IS NULL
     ORDER BY t.github_team_id
"""


@dataclass(frozen=True, slots=True)
class KnownTeam:
    """Our number of a team, and when its people were last read, all of them."""

    team_id: int
    looked_at: datetime | None


async def keep(tx: Transaction, team: Team, *, heard_at: datetime) -> None:
    """Know a team by its newest description, in whatever order they come."""
    await tx.execute(
        _KEEP,
        tx.workspace_id,
        team.github_team_id,
        team.organisation,
        team.slug,
        team.name,
        team.parent_id,
        heard_at,
    )


async def lock(tx: Transaction, github_team_id: int) -> KnownTeam | None:
    """The team, until the end of the transaction ours alone; None where we never heard of it."""
    row = await tx.fetchrow(_LOCK, tx.workspace_id, github_team_id)
    return None if row is None else KnownTeam(**row)


async def mark_gone(tx: Transaction, github_team_id: int, *, heard_at: datetime) -> None:
    await tx.execute(_GONE, tx.workspace_id, github_team_id, heard_at)


async def here(tx: Transaction, organisation: str) -> Sequence[int]:
    """GitHub's numbers of the organisation's teams, as far as we know."""
    rows = await tx.fetch(_HERE, tx.workspace_id, organisation)
    return [row["github_team_id"] for row in rows]


async def rename_organisation(tx: Transaction, old: str, new: str) -> None:
    await tx.execute(_RENAMED, tx.workspace_id, old, new)


async def note_look(tx: Transaction, team_id: int, *, looked_at: datetime) -> None:
    await tx.execute(_LOOKED, tx.workspace_id, team_id, looked_at)


async def news(tx: Transaction, team_id: int) -> Mapping[int, frozenset[MembershipNews]]:
    """Everything heard about the team's people, by account."""
    found: defaultdict[int, set[MembershipNews]] = defaultdict(set)
    for row in await tx.fetch(_NEWS, tx.workspace_id, team_id):
        found[row["account_id"]].add(MembershipNews(row["heard_at"], Said(row["said"])))
    return {account_id: frozenset(heard) for account_id, heard in found.items()}


async def add_news(
    tx: Transaction, team_id: int, heard: Mapping[int, frozenset[MembershipNews]]
) -> None:
    """Keep news of people, by account; the same again changes nothing."""
    rows = [(team_id, account, *one) for account, some in heard.items() for one in sorted(some)]
    await arrays.execute(tx, _ADD_NEWS, rows)


async def replace_spells(
    tx: Transaction, team_id: int, spells: Mapping[int, Sequence[Spell]]
) -> None:
    """Say anew when these accounts were in the team."""
    await tx.execute(_DROP_SPELLS, tx.workspace_id, team_id, list(spells))
    rows = [(team_id, account, *one) for account, some in spells.items() for one in some]
    await arrays.execute(tx, _ADD_SPELLS, rows)


async def teams_of(tx: Transaction, account_id: int, organisation: str) -> Sequence[int]:
    """GitHub's numbers of the organisation's teams that somebody is in."""
    rows = await tx.fetch(_TEAMS_OF, tx.workspace_id, account_id, organisation)
    return [row["github_team_id"] for row in rows]
