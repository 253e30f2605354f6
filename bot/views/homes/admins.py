"""The part of the Home that only admins see: the game's settings and what needs their hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.connections import ConnectionStatus
from bot.domain.members import LinkState
from bot.domain.workspaces import Game
from bot.views.blocks import (
    Block,
    Element,
    actions,
    and_more,
    button,
    channel_select,
    confirm,
    context,
    divider,
    header,
    section,
    select,
    users_select,
)
from bot.views.homes.connections import connection_blocks
from bot.views.homes.members import HOURS
from bot.views.homes.repositories import RepositoriesView, repositories_blocks
from bot.views.texts import counted, escaped, moment, one_line

_WEEKDAYS = tuple(
    (str(number), name)
    for number, name in enumerate(
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), start=1
    )
)
_BUDGETS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40, 50)
_SHOWN = 12
_ID = re.compile(r"[A-Z][A-Z0-9]{1,20}")
_REASONS = {
    "cannot_dm_bot": "it is a bot's account",
    "channel_not_found": "the channel is gone, or I am not in it",
    "is_archived": "the channel is archived",
    "not_in_channel": "I am not in the channel; please invite me",
    "restricted_action": "a workspace setting keeps me from posting there",
    "user_disabled": "the person's Slack account is switched off",
    "user_not_found": "the person's Slack account is gone",
}


@dataclass(frozen=True, slots=True)
class UnlinkedView:
    """A GitHub account nobody in Slack belongs to, and how many pull requests it touched."""

    login: str
    pull_requests: int


@dataclass(frozen=True, slots=True)
class ClaimView:
    """Somebody says a GitHub account is theirs.

    `held_by` is the Slack user who is linked to it now ("" when their Slack account is unknown),
    `replaces` the login the claimant is linked to now; None where there is none.
    """

    login: str
    member_id: int
    slack_user_id: str
    state: LinkState
    held_by: str | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class ParkedView:
    """A message that Slack would not take; `at` is aware UTC."""

    target: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AdminHome:
    """What admins set and see; the lists come with the most pressing first.

    `unlinked` may hold only the first of `unlinked_in_all`.
    """

    game: Game
    connections: tuple[ConnectionStatus, ...] = ()
    repositories: RepositoriesView | None = None
    unlinked: tuple[UnlinkedView, ...] = ()
    unlinked_in_all: int = 0
    claims: tuple[ClaimView, ...] = ()
    parked: tuple[ParkedView, ...] = ()


def admin_blocks(view: AdminHome) -> list[Block]:
    """The blocks, from the game's switch down to what is stuck."""
    return [
        divider(),
        header("For admins"),
        *_switches(view.game),
        *_leaderboard(view.game),
        *_budgets(view.game),
        *connection_blocks(view.connections),
        *repositories_blocks(view.repositories),
        *_claims(view.claims),
        *_unlinked(view.unlinked, view.unlinked_in_all),
        *_parked(view.parked, view.game.timezone),
    ]


def _switches(game: Game) -> list[Block]:
    on = game.switched_on_at is not None
    stop = confirm("Switch the game off?", "Nobody is asked any more.", "Switch off", "Keep it on")
    off = button("Switch off", "home.game_off", danger=True, confirm=stop)
    return [
        _switch(
            "game",
            "*The game is on.*" if on else "*The game is off.* Nobody is asked anything.",
            off if on else button("Switch on", "home.game_on", chosen=True),
        ),
        _switch(
            "reveals",
            "*Reveals are on:* reviewers learn how their guess turned out."
            if game.reveals_on
            else "*Reveals are off:* guesses are neither revealed nor scored.",
            button("Switch off", "home.reveals_off")
            if game.reveals_on
            else button("Switch on", "home.reveals_on"),
        ),
        _switch(
            "names",
            "*Names are opt-in:* nobody is named without saying yes."
            if game.names_opt_in
            else "*Names are opt-out:* people may be named unless they say no.",
            button("Make it opt-out", "home.names_opt_out")
            if game.names_opt_in
            else button("Make it opt-in", "home.names_opt_in"),
        ),
    ]


def _switch(what: str, text: str, control: Element) -> Block:
    return section(text, block_id=f"home:{what}", accessory=control)


def _leaderboard(game: Game) -> list[Block]:
    zone = escaped(game.timezone, 60, otherwise="UTC")
    return [
        _switch(
            "channel",
            "*Leaderboard:* posted once a week to",
            channel_select("home.channel", "Choose a channel", game.leaderboard_channel),
        ),
        context(f"On this day, at this hour, on the clock of {zone}."),
        actions(
            "home:schedule",
            select("home.weekday", "Day", _WEEKDAYS, chosen=str(game.weekday)),
            select("home.hour", "Hour", HOURS, chosen=str(game.hour)),
            button("Timezone …", "home.timezone"),
            *([_post_now()] if game.leaderboard_channel else []),
        ),
    ]


def _post_now() -> Element:
    question = confirm(
        "Post the leaderboard now?",
        "It goes to the channel at once. The weekly one still comes on its day.",
        "Post it",
        "Not now",
    )
    return button("Post the leaderboard now", "home.post_leaderboard", confirm=question)


def _budgets(game: Game) -> list[Block]:
    return [
        section("*At most* this many surveys a person; beyond that, pull requests are drawn."),
        actions(
            "home:budgets",
            _budget("home.daily_budget", game.daily_budget, "day", at_least=1),
            _budget("home.weekly_budget", game.weekly_budget, "week", at_least=game.daily_budget),
        ),
    ]


def _budget(action_id: str, current: int, unit: str, *, at_least: int) -> Element:
    offered = sorted({current, *(number for number in _BUDGETS if number >= at_least)})
    options = [(str(number), f"{number} a {unit}") for number in offered]
    return select(action_id, f"A {unit}", options, chosen=str(current))


def _claims(claims: Sequence[ClaimView]) -> list[Block]:
    if not claims:
        return []
    rows = [block for claim in claims[:_SHOWN] for block in _claim(claim)]
    return [divider(), section("*Who is who?*"), *rows, *and_more(len(claims) - _SHOWN)]


def _claim(claim: ClaimView) -> list[Block]:
    value = f"{claim.member_id}:{one_line(claim.login)}"
    ends = _ends(claim)
    disputed = claim.state is LinkState.BLOCKED and claim.held_by is None
    notes = [*(["More than one person says so."] if disputed else []), *ends]
    asked = f"{_person(claim.slack_user_id)} is {_login(claim.login)} on GitHub?"
    sure = confirm("Link them?", " ".join(ends), "Yes", "Leave it as it is") if ends else None
    return [
        section(" ".join([asked, *notes])),
        actions(
            f"home:claim:{value}"[:255],
            button("Yes", "home.claim_confirm", value=value, chosen=True, confirm=sure),
            button("No", "home.claim_refuse", value=value),
        ),
    ]


def _ends(claim: ClaimView) -> list[str]:
    """What a yes takes away, from whom."""
    ends = []
    if claim.held_by is not None:
        holder = _person(claim.held_by, otherwise="somebody")
        ends.append(f"{_login(claim.login)} is linked to {holder} now; Yes takes it from them.")
    if claim.replaces is not None:
        ends.append(f"It replaces {_login(claim.replaces)}.")
    return ends


def _unlinked(accounts: Sequence[UnlinkedView], in_all: int) -> list[Block]:
    if not accounts:
        return []
    rows = [
        section(
            f"{_login(one.login)}, {counted(one.pull_requests, 'pull request')}",
            block_id=f"home:link:{one_line(one.login)}"[:255],
            accessory=users_select("home.link", "Who is this?"),
        )
        for one in accounts[:_SHOWN]
    ]
    return [
        divider(),
        section("*GitHub accounts without a person*"),
        *rows,
        *and_more(in_all - _SHOWN),
    ]


def _parked(parked: Sequence[ParkedView], timezone: str) -> list[Block]:
    if not parked:
        return []
    rows = [
        section(f"{_target(one.target)}, {moment(one.at, timezone)}: {_reason(one.reason)}.")
        for one in parked[:_SHOWN]
    ]
    return [
        divider(),
        section("*Messages I could not send*"),
        *rows,
        *and_more(len(parked) - _SHOWN),
    ]


def _reason(code: str) -> str:
    if code.startswith("uncertain"):
        return "nobody can tell whether it arrived, and twice would be worse than not"
    if code.startswith("gave up"):
        return "Slack did not take it for hours, so I stopped trying"
    return _REASONS.get(code) or f"Slack said “{escaped(code, 200, otherwise='no')}”"


def _login(login: str) -> str:
    return f"`{escaped(login.replace('`', ''), 60, otherwise='?')}`"


def _person(slack_user_id: str, *, otherwise: str = "Somebody") -> str:
    return f"<@{slack_user_id}>" if _ID.fullmatch(slack_user_id) else otherwise


def _target(target: str) -> str:
    if not _ID.fullmatch(target):
        return "Somewhere"
    if target.startswith(("U", "W")):
        return _person(target)
    return f"<#{target}>" if target.startswith(("C", "G")) else "A direct message"
