"""Which merges open a survey, and who is asked what."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.attributions import initiator, is_agent, is_service_bot
from bot.domain.ids import GithubLogin, MemberId
from bot.domain.members import Member, can_be_asked
from bot.domain.pull_requests import Actor, PullRequest
from bot.domain.surveys.parts import Role
from bot.domain.workspaces import Game

WINDOW = timedelta(hours=48)
EXPIRY = timedelta(days=7)
CLOCK_SKEW = timedelta(minutes=10)


class WhyNotOpened(StrEnum):
    NOT_MERGED = "not_merged"
    GAME_OFF = "game_off"
    BEFORE_GAME = "before_game"
    TOO_OLD = "too_old"
    IN_THE_FUTURE = "in_the_future"
    IN_A_GAP = "in_a_gap"
    SERVICE_BOT = "service_bot"
    AGENT_WITHOUT_INITIATOR = "agent_without_initiator"
    EXCLUDED_AUTHOR = "excluded_author"


@dataclass(frozen=True, slots=True)
class Open:
    """A survey is to be opened.

    `rating_only` for an agent's pull request, whose `initiator` is the person it is credited to.
    """

    expires_at: datetime
    rating_only: bool = False
    initiator: Actor | None = None


@dataclass(frozen=True, slots=True)
class NotOpened:
    reason: WhyNotOpened


def opening(
    pr: PullRequest, *, game: Game, now: datetime, excluded: Collection[GithubLogin] = ()
) -> Open | NotOpened:
    """Decide whether this merge opens a survey; the survey lives EXPIRY from `now`.

    The merge must be less than WINDOW old and after the game was switched on. GitHub's clock may
    run ahead of ours by CLOCK_SKEW; more than that is no merge of today. `excluded` are the
    logins of excluded members: neither their own nor their agents' pull requests open one.
    """
    reason = _not_in_time(pr.merged_at, game, now) or _not_theirs(pr, excluded)
    if reason is not None:
        return NotOpened(reason)
    return Open(now + EXPIRY, rating_only=is_agent(pr.author), initiator=initiator(pr))


def _not_in_time(merged_at: datetime | None, game: Game, now: datetime) -> WhyNotOpened | None:
    if merged_at is None:
        return WhyNotOpened.NOT_MERGED
    if game.switched_on_at is None:
        return WhyNotOpened.GAME_OFF
    if merged_at <= game.switched_on_at:
        return WhyNotOpened.BEFORE_GAME
    if _is_forgotten(merged_at, game):
        return WhyNotOpened.IN_A_GAP
    if now - merged_at >= WINDOW:
        return WhyNotOpened.TOO_OLD
    if merged_at - now > CLOCK_SKEW:
        return WhyNotOpened.IN_THE_FUTURE
    return None


def _is_forgotten(merged_at: datetime, game: Game) -> bool:
    """Whether it may have been asked about already, without our remembering."""
    if game.gap_from is None or game.gap_until is None:
        return False
    return game.gap_from < merged_at <= game.gap_until


def _not_theirs(pr: PullRequest, excluded: Collection[GithubLogin]) -> WhyNotOpened | None:
    person = initiator(pr) if is_agent(pr.author) else pr.author
    if person is None:
        return WhyNotOpened.AGENT_WITHOUT_INITIATOR
    if is_service_bot(person):
        return WhyNotOpened.SERVICE_BOT
    if person.login in excluded:
        return WhyNotOpened.EXCLUDED_AUTHOR
    return None


@dataclass(frozen=True, slots=True)
class Ask:
    """One part to be made: whom to ask, as what, and whether to let them guess."""

    member_id: MemberId
    role: Role
    guessable: bool = False


def who_is_asked(
    author: Member | None,
    approvers: Iterable[Member],
    *,
    agent: bool,
    signals: Collection[str],
) -> tuple[Ask, ...]:
    """Say who gets which part: the author first, then the approvers in the order given.

    For an agent's pull request `author` is the person who started it: never asked, and the
    approvers only rate. Excluded, departed and stopped people are not asked, nor those without
    a Slack account; an excluded author means nobody is. A guess needs an author who is asked and
    no visible sign of AI.
    """
    if author is not None and author.excluded:
        return ()
    reviewing = {m.member_id: m for m in approvers if can_be_asked(m)}
    own = reviewing.pop(author.member_id, None) if author is not None else None
    asks_author = author is not None and can_be_asked(author) and not agent
    guessable = asks_author and not signals
    asks = [Ask(m, Role.REVIEWER, guessable) for m in reviewing]
    if author is not None and asks_author:
        asks.insert(0, Ask(author.member_id, Role.COMBINED if own else Role.AUTHOR))
    return tuple(asks)
