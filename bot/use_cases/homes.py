"""Composes a person's App Home from the rows and writes it into the outbox."""

from __future__ import annotations

from datetime import datetime

from bot.domain.members import Member, is_proven
from bot.domain.reveals import score
from bot.domain.workspaces import Game
from bot.ports import ShowHome, Transaction, Vault
from bot.use_cases import connections, repositories
from bot.use_cases.surveys.messages import may_be_named
from bot.views.blocks import View
from bot.views.homes import (
    AdminHome,
    ClaimView,
    LinkView,
    MemberHome,
    OpenSurvey,
    ParkedView,
    UnlinkedView,
    home,
    strangers_home,
)
from bot.views.homes.repositories import RepositoriesView
from bot.views.pull_requests import PullRequestView
from storage import games, leaderboards, members, outbox, surveys


async def show_home(tx: Transaction, slack_user_id: str, *, vault: Vault, now: datetime) -> None:
    """Bring a person's App Home up to date, also that of somebody we do not know yet."""
    # Before anything is read: of two that compose the same Home, the later one sees more.
    await members.lock_by_slack(tx, slack_user_id)
    member = await members.by_slack(tx, slack_user_id)
    view = strangers_home() if member is None else await _view(tx, member, vault, now)
    await outbox.put(tx, ShowHome(slack_user_id, view), now=now)


async def _view(tx: Transaction, member: Member, vault: Vault, now: datetime) -> View:
    game = await games.get(tx)
    admin = await _admin(tx, game, vault) if member.is_admin else None
    return home(await _own(tx, member, game, now), admin)


async def _own(tx: Transaction, member: Member, game: Game, now: datetime) -> MemberHome:
    waiting = await surveys.open_questions(tx, member.member_id)
    links = await members.links_of(tx, member.member_id)
    snoozed = member.snoozed_until
    return MemberHome(
        score=score(await leaderboards.outcomes(tx, member.member_id)),
        open_surveys=tuple(
            OpenSurvey(
                PullRequestView(one.title, one.url, one.repository, one.number, one.author_login),
                one.expires_at,
            )
            for one in waiting
        ),
        links=tuple(LinkView(link.login, link.state, is_proven(link)) for link in links),
        quiet=member.quiet,
        timezone=member.timezone,
        snoozed_until=snoozed if snoozed is not None and snoozed > now else None,
        stopped=member.stopped_at is not None,
        name_shown=may_be_named(member, game),
        game_on=game.switched_on_at is not None,
    )


async def _admin(tx: Transaction, game: Game, vault: Vault) -> AdminHome:
    return AdminHome(
        game=game,
        connections=await connections.list_connections(tx, vault=vault),
        repositories=await _repositories(tx),
        unlinked=tuple(
            UnlinkedView(account.login, account.pull_requests)
            for account in await members.unlinked(tx)
        ),
        unlinked_in_all=await members.count_unlinked(tx),
        claims=await _claims(tx),
        parked=tuple(
            ParkedView(row.target, row.reason, row.finished_at) for row in await outbox.parked(tx)
        ),
    )


async def _repositories(tx: Transaction) -> RepositoriesView | None:
    counted, shown = await repositories.count_shown(tx)
    if not shown:
        return None
    selection = await repositories.selection(tx)
    return RepositoriesView(selection.choice, counted, shown)


async def _claims(tx: Transaction) -> tuple[ClaimView, ...]:
    """What waits for the admin's word, each with the links that a yes would end."""
    claims = await members.open_claims(tx)
    links = await members.links_in_the_way(tx, claims)
    people = await members.some(tx, [one.member_id for one in (*claims, *links)])
    holders = {link.login: people[link.member_id].slack_user_id or "" for link in links}
    logins = {link.member_id: link.login for link in links}
    return tuple(
        ClaimView(
            c.login,
            c.member_id,
            people[c.member_id].slack_user_id or "",
            c.state,
            held_by=holders.get(c.login),
            replaces=logins.get(c.member_id),
        )
        for c in claims
    )
