"""Looks at what a workspace's connections to GitHub open: repositories, people, teams."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.connections import Connection
from bot.domain.pull_requests import Actor
from bot.domain.repositories import Repository
from bot.domain.runs import Trigger
from bot.domain.teams import Team
from bot.ports import Transaction
from bot.use_cases import repositories, runs, teams
from storage import accounts, connections
from storage import repositories as stored_repositories
from storage import teams as stored_teams

DISCOVER = "github.discover"


class WantedDiscovery(BaseModel):
    """What a discovery is asked for: nothing in particular."""

    model_config = ConfigDict(extra="forbid")


class Discovery(WantedDiscovery):
    """How far a discovery is.

    `connections` are those the step has still to look through, None at its beginning; `teams` the
    teams (GitHub's number and slug) left of the first of them. `troubles` says for people what
    could not be looked at.
    """

    connections: tuple[int, ...] | None = None
    teams: tuple[tuple[int, str], ...] | None = None
    began_at: datetime | None = None
    counts: dict[str, int] = Field(default_factory=dict)
    troubles: tuple[str, ...] = ()

    def counted(self, **found: int) -> dict[str, int]:
        """The counts with these added."""
        return self.counts | {name: self.counts.get(name, 0) + n for name, n in found.items()}


async def discover(tx: Transaction, *, trigger: Trigger, by: str, now: datetime) -> None:
    """Have all connections of the workspace looked at; one look at a time is enough."""
    await runs.start(tx, DISCOVER, WantedDiscovery(), trigger=trigger, by=by, now=now)


async def all_connections(tx: Transaction) -> Sequence[Connection]:
    """The workspace's connections to GitHub, also those that do not work now."""
    return await connections.list_all(tx)


async def open_connections(tx: Transaction) -> Sequence[Connection]:
    """The connections that are worth to look through."""
    return [one for one in await connections.list_all(tx) if one.opens]


async def nightly(tx: Transaction) -> WantedDiscovery | None:
    """What the nightly discovery is asked for; None where nothing is connected."""
    return WantedDiscovery() if await open_connections(tx) else None


async def keep_repositories(
    tx: Transaction,
    connection_id: int,
    found: Sequence[Repository],
    *,
    looked_at: datetime,
) -> int:
    """These are all that a connection shows; how many others it has shown so far and does not now."""
    await repositories.mark_shown(
        tx, found, connection_id=connection_id, heard_at=looked_at, now=looked_at
    )
    await repositories.settle(tx)
    ids = [one.repository_id for one in found]
    return await stored_repositories.miss_others(tx, connection_id, ids, heard_at=looked_at)


async def keep_members(tx: Transaction, found: Sequence[Actor], *, looked_at: datetime) -> None:
    """These are in one of the organisations."""
    await accounts.keep(tx, found)
    ids = [member.github_id for member in found]
    await accounts.hear(tx, ids, in_org=True, heard_at=looked_at)


async def miss_members(tx: Transaction, *, looked_at: datetime) -> int:
    """All organisations were read since then: who was not there has left. Returns how many."""
    return await accounts.miss_unseen(tx, since=looked_at)


async def keep_teams(
    tx: Transaction, organisation: str, found: Sequence[Team], *, looked_at: datetime
) -> None:
    """These are all teams of an organisation; its others are gone."""
    known = set(await stored_teams.here(tx, organisation))
    # In one order, because webhooks lock teams too.
    for team in sorted(found, key=lambda team: team.github_team_id):
        await stored_teams.keep(tx, team, heard_at=looked_at)
    for gone in sorted(known - {team.github_team_id for team in found}):
        await teams.close_team(tx, gone, heard_at=looked_at)


async def keep_team_members(
    tx: Transaction, github_team_id: int, found: Sequence[Actor], *, looked_at: datetime
) -> None:
    """These are all who are in a team."""
    await accounts.keep(tx, found)
    ids = [member.github_id for member in found]
    await teams.look_at_people(tx, github_team_id, ids, looked_at=looked_at)
