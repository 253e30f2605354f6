"""Asks GitHub for pull requests with their commits, reviews and turns: many at a time.

One fragment serves both questions: a page of a repository's pull requests, the last updated ones
first, and single pull requests by their ids, for those whose lists are longer than a page.
https://docs.github.com/en/graphql/reference/objects#pullrequest
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import Field, ValidationError

from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import Snapshot
from bot.errors import Permanent, Retryable
from bot.integrations.github.nodes import PullRequestNode, snapshot_of
from bot.integrations.github.payloads.shapes import Count, Id, Payload, Text
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
  commits(first: $commits, after: $afterCommit) {
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
  reviews(first: $reviews, after: $afterReview) {
    pageInfo { hasNextPage endCursor }
    nodes { fullDatabaseId state submittedAt author { ...who } }
  }
  timelineItems(
    first: $turns, after: $afterTurn,
    itemTypes: [CONVERT_TO_DRAFT_EVENT, READY_FOR_REVIEW_EVENT, REVIEW_REQUESTED_EVENT,
                CLOSED_EVENT, REOPENED_EVENT]
  ) {
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
PAGE = (
    """
query PullRequests(
  $repository: ID!, $size: Int!, $after: String, $commits: Int!, $afterCommit: String,
  $reviews: Int!, $afterReview: String, $turns: Int!, $afterTurn: String
) {
  rateLimit { cost remaining resetAt used }
  node(id: $repository) {
    ... on Repository {
      databaseId nameWithOwner
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
  $ids: [ID!]!, $commits: Int!, $afterCommit: String, $reviews: Int!, $afterReview: String,
  $turns: Int!, $afterTurn: String
) {
  rateLimit { cost remaining resetAt used }
  nodes(ids: $ids) {
    ... on PullRequest { repository { databaseId nameWithOwner } ...look }
  }
}
"""
    + _LOOK
)
# What most pull requests have not more of; a page of fifty then has 5,000 nodes.
_FEW = {"commits": 50, "reviews": 30, "turns": 10}
# As much as GitHub gives at once.
_MANY = {"commits": 100, "reviews": 100, "turns": 100}
# For a pull request that even alone was too much.
_LEAN = {"commits": 10, "reviews": 10, "turns": 10}
_REFUSED = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES", "SAML_FAILURE"})


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a repository's pull requests, last updated first.

    `next_cursor` None: it is the last. `unreadable` of them GitHub failed to show, also alone.
    `oldest_at` is the least `updated_at` on it; `total` how many the repository has at all.
    """

    repository_id: RepositoryId
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
    id: Id = Field(alias="databaseId")
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
    github: GitHub, repository: str, *, cursor: str | None, size: int, lean: bool = False
) -> Page | NotShown:
    """Read the page after `cursor` of the repository with that node id.

    Pull requests with more commits, reviews or turns than we ask for come as glimpses; with `lean`
    that is nearly all. Raises what `GitHub.graph` raises, Retryable where there is no sense in the
    answer.
    """
    wanted = {"repository": repository, "size": size, "after": cursor}
    answer = await github.graph(PAGE, {**wanted, **(_LEAN if lean else _FEW)})
    if answer.data.get("node") is None:
        return NotShown(_is_refused(answer), answer.cost)
    try:
        found = _Repository.model_validate(answer.data["node"])
    except ValidationError as error:
        raise Retryable("GitHub's page of pull requests cannot be read") from error
    where = RepositoryId(found.id), found.name
    nodes = [_node(edge.node) for edge in found.pull_requests.edges]
    snapshots = [snapshot_of([node], *where, complete=node.whole) for node in nodes if node]
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
        *where,
        total=found.pull_requests.total,
        snapshots=tuple(snapshots),
        next_cursor=following.end if following.has_next else None,
        unreadable=unreadable,
        points=points,
    )


class _Places(NamedTuple):
    """Where each of a pull request's lists goes on."""

    commit: str | None = None
    review: str | None = None
    turn: str | None = None

    def after(self, node: PullRequestNode) -> _Places:
        ends = [None if some is None else some.page.end for some in node.lists]
        return _Places(*(end or place for end, place in zip(ends, self, strict=True)))


async def read_again(github: GitHub, ids: Sequence[str], *, lean: bool = False) -> Again:
    """Read these pull requests with all their commits, reviews and turns, by their node ids.

    One question for most of them; those with more than a hundred of anything take more. Who changed
    while we read is missing: a later look will do. Raises what `GitHub.graph` raises.
    """
    pages: dict[str, list[PullRequestNode]] = {id_: [] for id_ in ids}
    places: dict[str, tuple[RepositoryId, str]] = {}
    todo: dict[_Places, list[str]] = {_Places(): list(ids)}
    points = 0
    while todo:
        after, wanted = todo.popitem()
        answer = await github.graph(AGAIN, _again(wanted, after, lean=lean))
        points += answer.cost
        following = defaultdict(list, todo)
        for id_, raw in zip(wanted, answer.data["nodes"], strict=True):
            node = _node(raw)
            if raw is None or node is None:
                pages.pop(id_)
                continue
            where = _Where.model_validate(raw["repository"])
            places[id_] = RepositoryId(where.id), where.name
            pages[id_].append(node)
            if not node.is_last:
                following[after.after(node)].append(id_)
        todo = dict(following)
    snapshots = []
    for id_, found in pages.items():
        if _is_one_picture(found):
            snapshots.append(snapshot_of(found, *places[id_], complete=True))
    shown = {one.pull_request.node_id for one in snapshots}
    return Again(tuple(snapshots), tuple(id_ for id_ in ids if id_ not in shown), points)


def _is_one_picture(pages: Sequence[PullRequestNode]) -> bool:
    """Whether nothing failed, and nothing changed from page to page."""
    shown = all(some and None not in some.nodes for page in pages for some in page.lists)
    return shown and len({page.updated_at for page in pages}) == 1


def _again(ids: Sequence[str], after: _Places, *, lean: bool) -> Mapping[str, object]:
    lists = _LEAN if lean else _MANY
    places = {"afterCommit": after.commit, "afterReview": after.review, "afterTurn": after.turn}
    return {"ids": list(ids), **lists, **places}


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
