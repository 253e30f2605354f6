"""Short ways to say "a merged pull request by Ada" in the tests of the domain."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.ids import GithubLogin, MemberId, PartId, RepositoryId, SlackUserId, SurveyId
from bot.domain.members import Member
from bot.domain.pull_requests import Actor, ActorKind, PullRequest, Review, ReviewState
from bot.domain.surveys import Part, PartState, Role

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday."""
ME = SlackUserId("U1")
HOUR = timedelta(hours=1)


def account(login: str, github_id: int | None = None, kind: ActorKind = ActorKind.USER) -> Actor:
    return Actor(GithubLogin(login), github_id or sum(login.encode()) * 1000 + len(login), kind)


def bot_account(login: str) -> Actor:
    return account(login, kind=ActorKind.BOT)


ADA = account("ada")
COPILOT = account("copilot", 198982749, ActorKind.BOT)

_MERGED = PullRequest(
    repository_id=RepositoryId(1),
    repository="acme/shop",
    number=7,
    title="Add a basket",
    url="https://github.com/acme/shop/pull/7",
    author=ADA,
    head_ref="basket",
    base_ref="main",
    draft=False,
    state="closed",
    opened_at=NOON - 5 * HOUR,
    closed_at=NOON - HOUR,
    merged_at=NOON - HOUR,
    updated_at=NOON - HOUR,
)


def a_merge(**changes: Any) -> PullRequest:
    return replace(_MERGED, **changes)


def a_review(who: Actor, state: ReviewState, *, hour: int = 0, review_id: int = 1) -> Review:
    return Review(review_id, who, state, NOON + hour * HOUR)


def a_member(number: int = 1, **changes: Any) -> Member:
    known: dict[str, Any] = {"introduced_at": NOON, **changes}
    return Member(MemberId(number), SlackUserId(f"U{number}"), f"Member {number}", **known)


def an_author_part(**changes: Any) -> Part:
    return replace(_a_part(1, Role.AUTHOR), **changes)


def a_reviewer_part(**changes: Any) -> Part:
    return replace(_a_part(2, Role.REVIEWER), guessable=True, **changes)


def _a_part(number: int, role: Role) -> Part:
    part_id, member_id = PartId(number), MemberId(number)
    return Part(part_id, SurveyId(1), member_id, role, state=PartState.ASKED, sent=True)
