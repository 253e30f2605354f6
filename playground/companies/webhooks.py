"""A generated pull request as GitHub would tell of it, and as the page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from playground import pull_requests as shown
from playground.companies.records import PullRequest
from playground.companies.signs import body_of, head_of
from playground.github import payloads
from playground.github.node_ids import number_of
from playground.pull_requests import Sign
from playground.records import Json


class Told(NamedTuple):
    """One webhook: when it is sent (seconds since 1970), the event's name and its payload."""

    at: int
    event: str
    payload: Json


def written(moment: int) -> str:
    """A moment as GitHub writes it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def opened(pr: PullRequest) -> shown.PullRequest:
    """The pull request as it was when it was opened."""
    at = written(pr.opened_at)
    is_agents = pr.sign is Sign.AGENT_ACCOUNT and pr.initiator is not None
    return shown.PullRequest(
        repository=pr.repository,
        number=pr.number,
        title=pr.title,
        author=pr.author,
        body=body_of(pr.tool, pr.sign, pr.number),
        head=head_of(pr.tool, pr.sign, pr.number),
        opened_at=at,
        updated_at=at,
        assignees=[pr.initiator] if is_agents and pr.initiator else [],
        additions=pr.additions,
        deletions=pr.deletions,
        changed_files=pr.changed_files,
    )


def ended(pr: PullRequest) -> shown.PullRequest:
    """The pull request as it is in the end, with its reviews."""
    told = opened(pr)
    for review in pr.reviews:
        _add_review(told, review.reviewer, review.state, review.submitted_at)
    _close(told, pr)
    return told


def webhooks(pr: PullRequest) -> Iterator[Told]:
    """Everything GitHub sends about it, in order; each shows it as it was at that time."""
    told = opened(pr)
    yield Told(
        pr.opened_at, "pull_request", payloads.pull_request_event(told, "opened", sender=pr.author)
    )
    for review in pr.reviews:
        given = _add_review(told, review.reviewer, review.state, review.submitted_at)
        payload = payloads.review_event(told, given, "submitted", sender=review.reviewer)
        yield Told(review.submitted_at, "pull_request_review", payload)
    closed_at = _close(told, pr)
    if closed_at is not None:
        by = pr.initiator or pr.author
        yield Told(
            closed_at, "pull_request", payloads.pull_request_event(told, "closed", sender=by)
        )


def _add_review(told: shown.PullRequest, reviewer: str, state: str, at: int) -> shown.GivenReview:
    number = number_of(f"{told.key}/{len(told.reviews)}")
    given = shown.GivenReview(number, reviewer, state, written(at))
    told.reviews.append(given)
    told.updated_at = given.submitted_at
    return given


def _close(told: shown.PullRequest, pr: PullRequest) -> int | None:
    """Close it if it was closed or merged; returns when."""
    at = pr.merged_at or pr.closed_at
    if at is None:
        return None
    told.state, told.closed_at = "closed", written(at)
    told.updated_at = told.closed_at
    if pr.merged_at is not None:
        told.merged_at, told.merged_by = told.closed_at, pr.initiator or pr.author
    return at
