"""Who is in the organisation and in which team, since when: by webhooks, and by looking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.pull_requests import Actor
from bot.domain.teams import MembershipNews, Said, Team, spells, was_in
from bot.ports import Transaction
from storage import accounts, teams
from storage.teams import KnownTeam

_Heard = Mapping[int, frozenset[MembershipNews]]
_NOTHING: frozenset[MembershipNews] = frozenset()


async def hear_of_account(
    tx: Transaction,
    account: Actor,
    organisation: str,
    in_org: bool | None,
    *,
    heard_at: datetime,
) -> None:
    """Somebody was met; or joined the organisation, or left it and thereby all its teams."""
    await accounts.keep(tx, [account])
    if in_org is None:
        return
    await accounts.hear(tx, [account.github_id], in_org=in_org, heard_at=heard_at)
    if not in_org:
        for team in await teams.teams_of(tx, account.github_id, organisation):
            await _hear(tx, team, account.github_id, joined=False, heard_at=heard_at)


async def hear_of_team(tx: Transaction, team: Team, *, gone: bool, heard_at: datetime) -> None:
    """A team is described so now, or was deleted: then nobody is in it any longer."""
    await teams.keep(tx, team, heard_at=heard_at)
    if gone:
        await close_team(tx, team.github_team_id, heard_at=heard_at)


async def close_team(tx: Transaction, github_team_id: int, *, heard_at: datetime) -> None:
    """There is no such team any longer; who was in it stays known."""
    await teams.mark_gone(tx, github_team_id, heard_at=heard_at)
    await look_at_people(tx, github_team_id, [], looked_at=heard_at)


async def hear_of_team_member(
    tx: Transaction, team: Team, account: Actor, *, joined: bool, heard_at: datetime
) -> None:
    """Somebody joined a team or left it; the teams it is nested in are left to the next look."""
    # Accounts before teams: a look locks them in this order too.
    await accounts.keep(tx, [account])
    await teams.keep(tx, team, heard_at=heard_at)
    await _hear(tx, team.github_team_id, account.github_id, joined=joined, heard_at=heard_at)


async def look_at_people(
    tx: Transaction, github_team_id: int, ids: Sequence[int], *, looked_at: datetime
) -> None:
    """Bring the team's people up to what a look has shown.

    The first look finds people who have always been there; later ones, who came or left meanwhile.
    """
    team = await teams.lock(tx, github_team_id)
    if team is None:
        return
    heard = await teams.news(tx, team.team_id)
    seen = frozenset(ids)
    came = Said.SEEN if team.looked_at is None else Said.JOINED
    said = {
        account: frozenset({MembershipNews(looked_at, came if account in seen else Said.MISSING)})
        for account in seen | heard.keys()
        if was_in(heard.get(account, _NOTHING), looked_at) is not (account in seen)
    }
    await _tell(tx, team, heard, said)
    await teams.note_look(tx, team.team_id, looked_at=looked_at)


async def rename_organisation(tx: Transaction, old: str, new: str) -> None:
    """The teams of an organisation go on under its new name."""
    await teams.rename_organisation(tx, old, new)


async def _hear(
    tx: Transaction, github_team_id: int, account_id: int, *, joined: bool, heard_at: datetime
) -> None:
    """One piece of news; what the last look has seen stays true of its time."""
    team = await teams.lock(tx, github_team_id)
    assert team is not None, "it was kept before"
    known = await teams.news(tx, team.team_id)
    before = known.get(account_id, _NOTHING)
    said = {MembershipNews(heard_at, Said.JOINED if joined else Said.LEFT)}
    looked_at = team.looked_at
    if looked_at is not None:
        was = was_in(before, looked_at)
        if was_in(before | said, looked_at) is not was:
            said.add(MembershipNews(looked_at, Said.SEEN if was else Said.MISSING))
    await _tell(tx, team, {account_id: before}, {account_id: frozenset(said)})


async def _tell(tx: Transaction, team: KnownTeam, heard: _Heard, said: _Heard) -> None:
    """Keep what was said, and what it makes of people's times in the team."""
    if not said:
        return
    await teams.add_news(tx, team.team_id, said)
    times = {}
    for account, new in said.items():
        before = heard.get(account, _NOTHING)
        if (after := spells(before | new)) != spells(before):
            times[account] = after
    if times:
        await teams.replace_spells(tx, team.team_id, times)
