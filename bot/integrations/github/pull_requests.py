"""Asks GitHub for pull requests with their commits, reviews and turns: many at a time.

One fragment serves both questions: a page of a repository's pull requests, the last updated ones
first, and single pull requests by their ids, for those whose lists are longer than a page.
https://docs.github.com/en/graphql/reference/objects#pullrequest
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import Field, ValidationError

from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import LISTS, Snapshot
from bot.errors import Permanent, Retryable
from bot.integrations.github.nodes import PullRequestNode, snapshot_of
from bot.integrations.github.payloads.shapes import Count, Payload, Text
from bot.ports.github import GitHub, GraphAnswer

_LOOK = """
fragment who on Actor {
  __typename login
  ... on User { databaseId }
  ... on Bot { databaseId }
  ... on Mannequin { databaseId }
  ... on Organization { databaseId }
}
fragment look on PullRequest {
  id number title url state isDraft body headRefName baseRefName
  createdAt updatedAt closedAt mergedAt additions deletions changedFiles
  author { ...who }
  mergedBy { ...who }
  mergeCommit { oid message }
  assignees(first: 10) { nodes { __typename login databaseId } }
  labels(first: 10) { nodes { name } }
  commits(first: $commits, after: $afterCommit) @include(if: $withCommits) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      commit {
        oid message authoredDate committedDate
        author { name email user { __typename login databaseId } }
        committer { email }
      }
    }
  }
  reviews(first: $reviews, after: $afterReview) @include(if: $withReviews) {
    pageInfo { hasNextPage endCursor }
    nodes { fullDatabaseId state submittedAt author { ...who } }
  }
  timelineItems(
    first: $turns, after: $afterTurn,
    itemTypes: [CONVERT_TO_DRAFT_EVENT, READY_FOR_REVIEW_EVENT, REVIEW_REQUESTED_EVENT,
                CLOSED_EVENT, REOPENED_EVENT]
  ) @include(if: $withTurns) {
    pageInfo { hasNextPage endCursor }
    nodes {
      __typename
      ... on ConvertToDraftEvent { createdAt }
      ... on ReadyForReviewEvent { createdAt }
      ... on ReviewRequestedEvent { createdAt }
      ... on ClosedEvent { createdAt }
      ... on ReopenedEvent { createdAt }
    }
  }
}
"""


class Sizes(NamedTuple):
    """How much of each list is asked for at once."""

    commits: int
    reviews: int
    turns: int


PAGE = (
    """
query PullRequests(
  $repository: ID!, $size: Int!, $after: String,
  $commits: Int!, $afterCommit: String, $withCommits: Boolean = true,
  $reviews: Int!, $afterReview: String, $withReviews: Boolean = true,
  $turns: Int!, $afterTurn: String, $withTurns: Boolean = true
) {
  rateLimit { cost remaining resetAt used }
  node(id: $repository) {
    ... on Repository {
      nameWithOwner
      pullRequests(
        first: $size, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}
      ) {
        totalCount
        pageInfo { hasNextPage endCursor }
        edges { cursor node { ...look } }
      }
    }
  }
}
"""
    + _LOOK
)
AGAIN = (
    """
query TheirRest(
  $ids: [ID!]!,
  $commits: Int!, $afterCommit: String, $withCommits: Boolean!,
  $reviews: Int!, $afterReview: String, $withReviews: Boolean!,
  $turns: Int!, $afterTurn: String, $withTurns: Boolean!
) {
  rateLimit { cost remaining resetAt used }
  nodes(ids: $ids) {
    ... on PullRequest { repository { nameWithOwner } ...look }
  }
}
"""
    + _LOOK
)
# What most pull requests have not more of; a page of fifty then has 5,500 nodes.
_FEW = Sizes(50, 30, 10)
# As much as GitHub gives at once.
_MANY = Sizes(100, 100, 100)
# For a pull request that even alone was too much.
_LEAN = Sizes(10, 10, 10)
_REFUSED = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES", "SAML_FAILURE"})


class Named(NamedTuple):
    """A repository by our name and GitHub's."""

    repository_id: RepositoryId
    node_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a repository's pull requests, last updated first.

    `next_cursor` None: it is the last. `unreadable` of them GitHub failed to show, also alone.
    `oldest_at` is the least `updated_at` on it; `total` how many the repository has at all.
    """

    full_name: str
    total: int
    snapshots: tuple[Snapshot, ...]
    next_cursor: str | None
    unreadable: int
    points: int

    @property
    def newest_at(self) -> datetime | None:
        return max((one.pull_request.updated_at for one in self.snapshots), default=None)

    @property
    def oldest_at(self) -> datetime | None:
        return min((one.pull_request.updated_at for one in self.snapshots), default=None)


@dataclass(frozen=True, slots=True)
class NotShown:
    """GitHub shows us no such repository: it is gone, or we may not read it."""

    forbidden: bool
    points: int


@dataclass(frozen=True, slots=True)
class Again:
    """Pull requests looked at again, in full; `missing` are the ids of those it did not show."""

    snapshots: tuple[Snapshot, ...]
    missing: tuple[str, ...]
    points: int


class _Where(Payload):
    name: Text = Field(alias="nameWithOwner")


class _PageInfo(Payload):
    has_next: bool = Field(alias="hasNextPage")
    end: str | None = Field(default=None, alias="endCursor")


class _Edge(Payload):
    cursor: str
    node: dict[str, Any] | None = None


class _Edges(Payload):
    total: Count = Field(alias="totalCount")
    page: _PageInfo = Field(alias="pageInfo")
    edges: list[_Edge]


class _Repository(_Where):
    pull_requests: _Edges = Field(alias="pullRequests")


async def read_page(
    github: GitHub, repository: Named, *, cursor: str | None, size: int, lean: bool = False
) -> Page | NotShown:
    """Read the page of a repository's pull requests after `cursor`.

    Pull requests with more commits, reviews or turns than we ask for come as glimpses; with `lean`
    that is nearly all. Raises what `GitHub.graph` raises, Retryable where there is no sense in the
    answer.
    """
    wanted = {"repository": repository.node_id, "size": size, "after": cursor}
    answer = await github.graph(PAGE, {**wanted, **(_LEAN if lean else _FEW)._asdict()})
    if answer.data.get("node") is None:
        return NotShown(_is_refused(answer), answer.cost)
    try:
        found = _Repository.model_validate(answer.data["node"])
    except ValidationError as error:
        raise Retryable("GitHub's page of pull requests cannot be read") from error
    where = repository.repository_id, found.name
    nodes = [_node(edge.node) for edge in found.pull_requests.edges]
    snapshots = [snapshot_of([node], *where, longer=node.longer) for node in nodes if node]
    points, unreadable = answer.cost, 0
    before = [cursor, *(edge.cursor for edge in found.pull_requests.edges)]
    for position, node in enumerate(nodes):
        if node is None and size > 1:
            alone = await read_page(github, repository, cursor=before[position], size=1, lean=lean)
            points += alone.points
            snapshots += () if isinstance(alone, NotShown) else alone.snapshots
            unreadable += isinstance(alone, NotShown) or alone.unreadable > 0
        elif node is None:
            unreadable += 1
    following = found.pull_requests.page
    return Page(
        found.name,
        total=found.pull_requests.total,
        snapshots=tuple(snapshots),
        next_cursor=following.end if following.has_next else None,
        unreadable=unreadable,
        points=points,
    )


class _Places(NamedTuple):
    """Where each of a pull request's lists goes on; None for one that has ended."""

    commit: str | None = None
    review: str | None = None
    turn: str | None = None


async def read_again(
    github: GitHub,
    wanted: Mapping[str, RepositoryId],
    *,
    longer: frozenset[str],
    lean: bool = False,
) -> Again:
    """Read pull requests with all their commits, reviews and turns: by node id, and whose they are.

    The lists that are `longer` than a page are asked for in large pieces. Mostly one question does;
    those with more than a hundred of anything take more. Which of them changed while we read is
    missing: a later look will do. Raises what `GitHub.graph` raises.
    """
    sizes = _LEAN if lean else _sizes(longer)
    pages: dict[str, list[PullRequestNode]] = {id_: [] for id_ in wanted}
    names: dict[str, str] = {}
    todo: dict[_Places | None, list[str]] = {None: list(wanted)}
    points = 0
    while todo:
        after, ids = todo.popitem()
        answer = await github.graph(AGAIN, {"ids": ids, **sizes._asdict(), **_asked(after)})
        points += answer.cost
        for id_, raw in zip(ids, answer.data["nodes"], strict=True):
            node = _node(raw)
            if raw is None or node is None or _failed(node, after):
                pages.pop(id_)
                continue
            names[id_] = _Where.model_validate(raw["repository"]).name
            pages[id_].append(node)
            following = _following(node)
            if any(following):
                todo.setdefault(following, []).append(id_)
    snapshots = [
        snapshot_of(found, wanted[id_], names[id_])
        for id_, found in pages.items()
        if len({page.updated_at for page in found}) == 1
    ]
    shown = {one.pull_request.node_id for one in snapshots}
    return Again(tuple(snapshots), tuple(id_ for id_ in wanted if id_ not in shown), points)


def _sizes(longer: frozenset[str]) -> Sizes:
    """Large pieces of those lists alone: the others would only cost time."""
    return Sizes(
        *(m if name in longer else f for name, m, f in zip(LISTS, _MANY, _FEW, strict=True))
    )


def _asked(after: _Places | None) -> Mapping[str, object]:
    """Which lists are asked for, from where on: all of them at first."""
    places = after or _Places()
    return {
        "afterCommit": places.commit,
        "withCommits": after is None or places.commit is not None,
        "afterReview": places.review,
        "withReviews": after is None or places.review is not None,
        "afterTurn": places.turn,
        "withTurns": after is None or places.turn is not None,
    }


def _failed(node: PullRequestNode, after: _Places | None) -> bool:
    """Whether GitHub failed to show something that we asked for."""
    places = after or ("", "", "")
    asked = (some for some, place in zip(node.lists, places, strict=True) if place is not None)
    return any(some is None or None in some.nodes for some in asked)


def _following(node: PullRequestNode) -> _Places:
    return _Places(*(s.page.end if s and s.page.has_next else None for s in node.lists))


def _node(raw: Mapping[str, Any] | None) -> PullRequestNode | None:
    """The pull request, or None where GitHub showed none or one that makes no sense."""
    try:
        return None if raw is None else PullRequestNode.model_validate(raw)
    except ValidationError:
        return None


def _is_refused(answer: GraphAnswer) -> bool:
    return any(error.get("type") in _REFUSED for error in answer.errors)


def is_lost_cursor(error: Permanent) -> bool:
    """Whether GitHub no longer knows the place we wanted to go on from."""
    return "CURSOR" in error.reason
