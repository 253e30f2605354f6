"""What happened in a pull request's review: who looked first, and how often it went to and fro."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.domain.pull_requests import (
    ActorKind,
    Commit,
    Review,
    ReviewState,
    TimelineEvent,
    Turn,
)


def reviews_by_others(
    reviews: Iterable[Review], authors: Iterable[str], *, until: datetime | None
) -> tuple[Review, ...]:
    """The reviews by people other than the authors, oldest first, none after `until`.

    `authors` are the logins of who wrote it and of who set an agent to work on it. What a bot says
    is no review by a person; a review that is not submitted yet is none. One that was dismissed
    later did happen. What comes after the merge did not help to review it.
    """
    own = frozenset(authors)
    by_others = (
        review
        for review in reviews
        if review.reviewer.kind is not ActorKind.BOT
        and review.reviewer.login not in own
        and review.state is not ReviewState.PENDING
        and (until is None or review.submitted_at <= until)
    )
    return tuple(sorted(by_others, key=lambda review: (review.submitted_at, review.review_id)))


def count_bot_reviews(reviews: Iterable[Review]) -> int:
    """How many reviews were by bots, AI reviewers among them; at any time."""
    return sum(review.reviewer.kind is ActorKind.BOT for review in reviews)


def rounds_of(
    by_others: Sequence[Review], commits: Iterable[Commit], turns: Iterable[TimelineEvent]
) -> int:
    """How often reviewers had their turn: reviews between which the author did not answer are one.

    The author answers with a commit or by asking for a review again. 0: nobody reviewed. A force
    push that rewrites commits moves them to its own time, so rounds can be too few, never too many.
    Source: the "review rounds" of SPACE's "number of handoffs in a process" (efficiency and flow).
    """
    answers = {commit.committed_at for commit in commits}
    answers |= {at for turn, at in turns if turn is Turn.REVIEW_REQUESTED}
    moments = sorted(
        [(review.submitted_at, False) for review in by_others] + [(at, True) for at in answers]
    )
    rounds, is_answered = 0, True
    for _, is_answer in moments:
        rounds += is_answered and not is_answer
        is_answered = is_answer
    return rounds
