"""The part of the Home that is about the person who looks at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from bot.domain.budgets import QuietHours
from bot.domain.members import LinkState
from bot.domain.reveals import Score
from bot.views import members
from bot.views.blocks import (
    Block,
    actions,
    and_more,
    button,
    checkbox,
    context,
    divider,
    header,
    section,
    select,
)
from bot.views.pull_requests import PullRequestView, linked_title, place
from bot.views.texts import counted, day, escaped, moment

HOURS = tuple((str(hour), f"{hour:02}:00") for hour in range(24))
"""Hours of the day, as menu values, and how the clock shows them."""
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class OpenSurvey:
    """A survey that waits for this person; nothing in it tells how others answered."""

    pull_request: PullRequestView
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkView:
    """A GitHub account this person said is theirs; `proven`: they have signed in to it."""

    login: str
    state: LinkState
    proven: bool = False


@dataclass(frozen=True, slots=True)
class MemberHome:
    """What one person sees of themselves.

    `timezone` is the person's own; times are aware UTC. `snoozed_until` is None unless it is still
    to come. `name_shown` tells whether their name may appear on the leaderboard.
    """

    score: Score
    open_surveys: tuple[OpenSurvey, ...] = ()
    links: tuple[LinkView, ...] = ()
    quiet: QuietHours = field(default_factory=QuietHours)
    timezone: str = "UTC"
    snoozed_until: datetime | None = None
    stopped: bool = False
    name_shown: bool = True
    game_on: bool = True


def member_blocks(view: MemberHome) -> list[Block]:
    """The blocks, from the score down to the GitHub account."""
    return [
        header("Your hunches"),
        *_score(view),
        *_open_surveys(view),
        divider(),
        *_asking(view),
        *_quiet_hours(view),
        _name(view),
        *_accounts(view),
    ]


def _score(view: MemberHome) -> list[Block]:
    score = view.score
    told = f"Your guesses: *{score}* right." if score.revealed else "No guess was revealed yet."
    off = [] if view.game_on else [context("The game is off right now. Admins can switch it on.")]
    return [section(told), *off]


def _open_surveys(view: MemberHome) -> list[Block]:
    if not view.open_surveys:
        return [section("No survey is waiting for you.")]
    rows = [
        f"• {linked_title(one.pull_request)}, {place(one.pull_request)}, "
        f"until {day(one.expires_at, view.timezone)}"
        for one in view.open_surveys[:_SHOWN]
    ]
    title = f"*{counted(len(view.open_surveys), 'survey')} waiting for you* in the Messages tab"
    hidden = len(view.open_surveys) - len(rows)
    return [section(title), *(section(row) for row in rows), *and_more(hidden)]


def _asking(view: MemberHome) -> list[Block]:
    if view.stopped:
        return [
            section("*You get no surveys.* I don't ask you until you say so."),
            actions("home:asking", members.resume_button()),
        ]
    if view.snoozed_until is not None:
        until = moment(view.snoozed_until, view.timezone)
        return [
            section(f"*Snoozed* until {until}."),
            actions("home:asking", members.resume_button(), members.stop_button()),
        ]
    return [
        section("*You get surveys* when your pull requests, or those you approve, merge."),
        actions("home:asking", members.snooze_menu(), members.stop_button()),
    ]


def _quiet_hours(view: MemberHome) -> list[Block]:
    quiet = view.quiet
    zone = escaped(view.timezone, 60, otherwise="UTC")
    return [
        section(f"*Quiet hours*, from and to, on your clock ({zone}). The same hour twice: none."),
        actions(
            "home:quiet",
            select("home.quiet_start", "From", HOURS, chosen=str(quiet.start_h)),
            select("home.quiet_end", "To", HOURS, chosen=str(quiet.end_h)),
            checkbox(
                "home.quiet_weekends", "Weekends are quiet too", "weekends", ticked=quiet.weekends
            ),
        ),
    ]


def _name(view: MemberHome) -> Block:
    if view.name_shown:
        return section(
            "*Your name* may appear on the leaderboard.",
            block_id="home:name",
            accessory=members.name_off_button(),
        )
    return section(
        "*Your name* stays off the leaderboard.",
        block_id="home:name",
        accessory=members.name_on_button(),
    )


def _accounts(view: MemberHome) -> list[Block]:
    rows = [
        f"`{escaped(link.login.replace('`', ''), 40, otherwise='?')}`: {_state(link)}"
        for link in view.links[:_SHOWN]
    ]
    told = "\n".join(rows) or "I don't know yet who you are on GitHub."
    return [
        section(
            f"*Your GitHub account*\n{told}",
            block_id="home:account",
            accessory=button("That's me …", "home.claim"),
        )
    ]


def _state(link: LinkView) -> str:
    match link.state:
        case LinkState.CONFIRMED:
            return "yours, GitHub says so" if link.proven else "yours"
        case LinkState.CLAIMED:
            return "waits for an admin to confirm it"
        case LinkState.BLOCKED:
            return "somebody else says it is theirs; an admin has to decide"
        case _:
            assert_never(link.state)
