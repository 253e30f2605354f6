"""Takes up what happened before Hunch was there, or before its clock began: nobody is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.ids import GithubLogin
from bot.domain.members import Member
from bot.domain.pull_requests import PullRequest, PullRequestKey, Review, Snapshot, Trace
from bot.domain.surveys import (
    AiAnswer,
    Guess,
    Outcome,
    PartState,
    Rating,
    Rework,
    Role,
    Tool,
    is_right,
)
from bot.ports import Transaction
from bot.use_cases import attributions, pull_requests
from storage import histories, members
from storage.histories import PastPart, PastSurvey

_ANSWERED_AFTER = timedelta(hours=1)
_SCORED = (Guess.YES, Guess.NO)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a reviewer said of a pull request."""

    rating: Rating
    guess: Guess | None


@dataclass(frozen=True, slots=True)
class PastWork:
    """A pull request of the past, with what its people said of it, if they were asked.

    `author` is whose work it is, None for a service's; `answer` what they said of AI.
    """

    pr: PullRequest
    reviews: tuple[Review, ...] = ()
    author: GithubLogin | None = None
    answer: AiAnswer | None = None
    tool: Tool | None = None
    rework: Rework | None = None
    opinions: Mapping[GithubLogin, Opinion] = field(default_factory=dict)
    traces: frozenset[Trace] = frozenset()


async def keep_history(tx: Transaction, work: Sequence[PastWork]) -> None:
    """Store pull requests with their reviews; no survey opens for them, ever."""
    told_until = max(one.pr.updated_at for one in work)
    snapshots = [Snapshot(one.pr, one.reviews, traces=one.traces) for one in work]
    await pull_requests.keep_snapshots(tx, snapshots, history=True, now=told_until)


async def keep_past_game(tx: Transaction, work: Sequence[PastWork]) -> None:
    """Store what was said of merged work as surveys that are over, in the game's own terms.

    Only for a playground: real answers come from people. The pull requests must be stored.
    """
    logins = {login for one in work for login in (*one.opinions, one.author) if login is not None}
    people = await members.by_logins(tx, sorted(logins))
    past = [survey for one in work if (survey := _survey(one, people)) is not None]
    await histories.keep_surveys(tx, past)
    told_until = max((survey.closed_at for survey in past), default=None)
    if told_until is not None:
        keys = [PullRequestKey(survey.repository_id, survey.number) for survey in past]
        await attributions.judge(tx, keys, now=told_until)


def _survey(work: PastWork, people: Mapping[GithubLogin, Member]) -> PastSurvey | None:
    pr = work.pr
    if pr.merged_at is None or work.author is None:
        return None
    closed_at = pr.merged_at + _ANSWERED_AFTER
    rating_only = work.author != pr.author.login
    parts = [] if rating_only else [_author(work, people, closed_at)]
    for login, opinion in work.opinions.items():
        parts.append(_reviewer(work, people.get(login), opinion, closed_at, rating_only))
    known = tuple(part for part in parts if part is not None)
    if not known:
        return None
    ids = (pr.repository_id, pr.number)
    return PastSurvey(*ids, rating_only, pr.merged_at, closed_at, known)


def _author(work: PastWork, people: Mapping[GithubLogin, Member], at: datetime) -> PastPart | None:
    member = people.get(work.author) if work.author is not None else None
    if member is None or member.slack_user_id is None or work.answer is None:
        return None
    return PastPart(
        member.member_id,
        member.slack_user_id,
        Role.AUTHOR,
        answer=work.answer,
        tool=work.tool,
        rework=work.rework,
        changed_at=at,
    )


def _reviewer(
    work: PastWork, member: Member | None, opinion: Opinion, at: datetime, rating_only: bool
) -> PastPart | None:
    if member is None or member.slack_user_id is None:
        return None
    guessable = not rating_only and not work.pr.signals
    guess = opinion.guess if guessable else None
    outcome = _outcome(work.answer, guess) if guessable else None
    is_told = outcome in (Outcome.RIGHT, Outcome.WRONG)
    return PastPart(
        member.member_id,
        member.slack_user_id,
        Role.REVIEWER,
        guessable=guessable,
        state=PartState.FINAL if is_told else PartState.CLOSED,
        rating=opinion.rating,
        guess=guess,
        outcome=outcome,
        changed_at=at,
        revealed_at=at if is_told else None,
    )


def _outcome(answer: AiAnswer | None, guess: Guess | None) -> Outcome | None:
    if guess not in _SCORED:
        return None
    if answer is None:
        return Outcome.UNRESOLVED
    return Outcome.RIGHT if is_right(guess, answer) else Outcome.WRONG
