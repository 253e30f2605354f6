"""The facts of one pull request: all that metrics are made of, each defined here and only here.

docs/features/facts.md has the definitions in a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum

from bot.domain.facts.calendars import Calendar, working_s
from bot.domain.facts.filters import FactSettings, Population, is_hotfix, is_noise
from bot.domain.facts.reverts import Reversal, reversal_of
from bot.domain.facts.reviewing import count_bot_reviews, reviews_by_others, rounds_of
from bot.domain.facts.spans import Span, before, from_then, length_s, ready_spans
from bot.domain.histograms import bucket_of
from bot.domain.pull_requests import (
    ActorKind,
    Commit,
    PullRequest,
    PullRequestKey,
    Review,
    TimelineEvent,
)
from bot.domain.timezones import local

UNKNOWN_TIER = "unknown"
_MOST = 2**31 - 1
"""What a column holds; clocks that stand still since 1900 are told as 68 years."""


class Measure(IntEnum):
    """What there is a sum and a histogram of; a number, once given, is never another's."""

    CYCLE = 0
    CYCLE_WORKING = 1
    FIRST_REVIEW = 2
    FIRST_REVIEW_WORKING = 3
    REVIEW = 4
    REVIEW_WORKING = 5
    LINES = 6
    FILES = 7
    ROUNDS = 8


BUCKETS_EACH = 1000
"""A bucket of a measure is `measure * BUCKETS_EACH + bucket`, so that one list holds them all."""


@dataclass(frozen=True, slots=True)
class Person:
    """Where somebody lives and whether an admin keeps them out."""

    timezone: str
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """All that is known of a pull request's way.

    `credited_login` is whoever set an agent to work, else the author; `author_id` their account,
    None while unknown. `author` is that person, None where nobody is linked. `reviewers` are the
    people behind the reviewers' logins, as far as known. `said` are the traces of what it reverts,
    `merges` numbers of pull requests of its repository by the hashes in them. `reverted`: another
    one that was merged takes it back. `team_ids`: the teams of whom it counts to at the merge.
    """

    pull_request: PullRequest
    credited_login: str
    author_id: int | None
    author: Person | None
    reviews: tuple[Review, ...] = ()
    reviewers: tuple[tuple[str, Person], ...] = ()
    commits: tuple[Commit, ...] = ()
    turns: tuple[TimelineEvent, ...] = ()
    said: tuple[str, ...] = ()
    merges: tuple[tuple[str, int], ...] = ()
    reverted: bool = False
    tier: str = UNKNOWN_TIER
    team_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Times:
    """Durations in whole seconds; None: cannot be known, or has not come. `clipped` of them came
    out negative because clocks differ, and count as nothing.
    """

    cycle_s: int | None = None
    cycle_working_s: int | None = None
    first_review_s: int | None = None
    first_review_working_s: int | None = None
    review_s: int | None = None
    review_working_s: int | None = None
    clipped: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be said of a pull request. `week` is the Monday of the week of its merge.

    `reverts`: the number of the one it takes back (or brings back), in the same repository;
    `reverts_shas`: by which hashes to find that, where it says no number.
    """

    key: PullRequestKey
    week: date | None
    tier: str
    population: Population
    author_login: str
    author_id: int | None
    team_ids: tuple[int, ...]
    first_reviewer_login: str | None
    times: Times
    lines: int | None
    files: int | None
    rounds: int | None
    bot_reviews: int
    is_revert: bool
    reverts: int | None
    reverts_shas: tuple[str, ...]
    reverted: bool
    hotfix: bool
    merge_sha: str | None

    @property
    def buckets(self) -> tuple[int, ...]:
        """Where its measures fall in the histograms, in order; what is unknown falls nowhere."""
        measured = (
            (Measure.CYCLE, self.times.cycle_s),
            (Measure.CYCLE_WORKING, self.times.cycle_working_s),
            (Measure.FIRST_REVIEW, self.times.first_review_s),
            (Measure.FIRST_REVIEW_WORKING, self.times.first_review_working_s),
            (Measure.REVIEW, self.times.review_s),
            (Measure.REVIEW_WORKING, self.times.review_working_s),
            (Measure.LINES, self.lines),
            (Measure.FILES, self.files),
            (Measure.ROUNDS, self.rounds),
        )
        return tuple(
            measure * BUCKETS_EACH + bucket_of(value)
            for measure, value in measured
            if value is not None
        )


def facts_of(history: History, settings: FactSettings, *, timezone: str) -> Facts:
    """Everything that is known of a pull request, by one workspace's settings.

    `timezone` is the workspace's: weeks are counted by it, and working hours of people who are not
    linked. The order in which reviews, commits and turns are given changes nothing.
    """
    pr = history.pull_request
    logins = (pr.author.login, history.credited_login)
    by_others = reviews_by_others(history.reviews, logins, until=pr.merged_at)
    first = by_others[0] if by_others else None
    reversal = reversal_of(pr.title, pr.head_ref, pr.repository, history.said)
    return Facts(
        key=pr.key,
        week=None if pr.merged_at is None else week_of(pr.merged_at, timezone),
        tier=history.tier,
        population=_population(history, settings),
        author_login=history.credited_login,
        author_id=history.author_id,
        team_ids=tuple(sorted(set(history.team_ids))),
        first_reviewer_login=None if first is None else first.reviewer.login,
        times=_times(history, first, settings.calendar, timezone),
        lines=lines_of(pr),
        files=pr.changed_files,
        rounds=_rounds(history, by_others),
        bot_reviews=count_bot_reviews(history.reviews),
        is_revert=reversal.is_revert,
        reverts=_reverted_number(reversal, history),
        reverts_shas=reversal.shas,
        reverted=history.reverted,
        hotfix=is_hotfix(settings, title=pr.title, head_ref=pr.head_ref, labels=pr.labels),
        merge_sha=pr.merge_sha,
    )


def week_of(at: datetime, timezone: str) -> date:
    """The Monday of the ISO week in which `at` falls, by the clock in `timezone`."""
    day = local(at, timezone).date()
    return day - timedelta(days=day.isoweekday() - 1)


def lines_of(pr: PullRequest) -> int | None:
    """Its size: lines added and deleted, as GitHub counts them; None where that is not known."""
    if pr.additions is None or pr.deletions is None:
        return None
    return min(_MOST, pr.additions + pr.deletions)


def _rounds(history: History, by_others: Sequence[Review]) -> int | None:
    """A clone knows no reviews: that nobody reviewed can only be said of what GitHub told."""
    if not by_others and not history.pull_request.node_id:
        return None
    return rounds_of(by_others, history.commits, history.turns)


def _reverted_number(reversal: Reversal, history: History) -> int | None:
    """Of several merges the newest: a hash that begins many is too short to tell which."""
    by_sha = dict(history.merges)
    found = (by_sha[sha] for sha in reversal.shas if sha in by_sha)
    return reversal.number if reversal.number is not None else max(found, default=None)


def _population(history: History, settings: FactSettings) -> Population:
    """Bots first: whoever excludes a service's account need not know that it is none of a person's."""
    pr = history.pull_request
    is_started = history.credited_login != pr.author.login
    if pr.author.kind is ActorKind.BOT and not is_started:
        return Population.BOTS
    if history.author is not None and history.author.excluded:
        return Population.EXCLUDED
    noise = is_noise(
        settings,
        title=pr.title,
        author=pr.author.login,
        labels=pr.labels,
        lines=lines_of(pr),
        files=pr.changed_files,
    )
    return Population.NOISE if noise else Population.PEOPLE


def _times(history: History, first: Review | None, calendar: Calendar, timezone: str) -> Times:
    """The durations of a pull request.

    Cycle time: from the first commit (its author's date, which a rebase keeps) to the merge.
    Source: DORA's lead time for changes, "from having the code committed", up to the merge because
    deployments are not known. None without commits: it is not guessed from the opening.

    Time to first review: how long it stood open and ready until somebody else reviewed it. As a
    draft, or closed, it waits for nobody; a review that came while it was a draft ends the wait
    before it begins. Source: "pickup time" as the field uses it, in GitHub's terms of a draft
    that is marked ready for review.

    Review time: how long it stood open and ready from that first review to its merge.

    Of each the variant in working time: cycle and review time by the author's clock, the wait for
    the first review by the clock of the reviewer, who was waited for.
    """
    pr = history.pull_request
    home = history.author.timezone if history.author is not None else timezone
    until = pr.merged_at or pr.closed_at or (first.submitted_at if first else pr.opened_at)
    ready = ready_spans(pr.opened_at, history.turns, draft=pr.draft, until=until)
    began_at = min((commit.authored_at for commit in history.commits), default=None)
    cycle = [Span(began_at, pr.merged_at)] if began_at is not None and pr.merged_at else None
    clipped = sum(span.end < span.start for span in cycle or ())
    if first is None:
        return Times(*_both(cycle, calendar, home), clipped=clipped)
    lives = dict(history.reviewers).get(first.reviewer.login)
    there = lives.timezone if lives is not None else timezone
    seen_at = first.submitted_at
    review = from_then(ready, seen_at) if pr.merged_at is not None else None
    return Times(
        *_both(cycle, calendar, home),
        *_both(before(ready, seen_at), calendar, there),
        *_both(review, calendar, home),
        clipped=clipped + (seen_at < pr.opened_at),
    )


def _both(
    spans: Iterable[Span] | None, calendar: Calendar, timezone: str
) -> tuple[int | None, int | None]:
    """The length by the wall clock, and in working time."""
    if spans is None:
        return None, None
    forward = [span for span in spans if span.start < span.end]
    working = sum(working_s(span.start, span.end, calendar, timezone) for span in forward)
    return min(_MOST, length_s(forward)), min(_MOST, working)
