"""A pull request's life, and how webhooks and looks by GraphQL show it at each of its moments."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import Snapshot
from bot.integrations.github.nodes import PullRequestNode, snapshot_of
from tests.integration.game.support import NOON
from tests.stories import SECOND, Json, Told, account, real, written

# So long ago that nobody is asked about it.
START = NOON - timedelta(days=60)
MARKER = "\n\n🤖 Generated with [Claude Code](https://claude.com/claude-code)"
REPOSITORY = real("pull_request.opened")["repository"]
AUTHOR, MERGER = "person1-gh", "person9-gh"
URL = "https://github.com/Codertocat/Hello-World/pull/1"
_PAYLOADS = {
    "drafted": "pull_request.converted_to_draft",
    "ready": "pull_request.ready_for_review",
    "requested": "pull_request.review_requested",
    "edited": "pull_request.synchronize",
    "marked": "pull_request.synchronize",
    "pushed": "pull_request.synchronize",
    "labeled": "pull_request.labeled",
    "reviewed": "pull_request_review.submitted",
    "dismissed": "pull_request_review.dismissed",
    "commented": "pull_request_review.submitted",
    "closed": "pull_request.closed",
    "merged": "pull_request.closed",
    "reopened": "pull_request.reopened",
}
_ACTIONS = {"edited": "edited", "marked": "edited", "commented": "created"}
_TURNS = {
    "drafted": "ConvertToDraftEvent",
    "ready": "ReadyForReviewEvent",
    "requested": "ReviewRequestedEvent",
    "closed": "ClosedEvent",
    "merged": "ClosedEvent",
    "reopened": "ReopenedEvent",
}


def when(second: int) -> datetime:
    return START + second * SECOND


@dataclass(frozen=True)
class State:
    """What a pull request is like after the moments so far, of which there is one a second."""

    second: int = 0
    title: str = "Title 0"
    body: str = "Plain."
    draft: bool = False
    closed: bool = False
    merged: bool = False
    labels: tuple[str, ...] = ()
    commits: tuple[int, ...] = (0,)
    reviews: dict[int, tuple[str, int]] = field(default_factory=dict)
    turns: tuple[tuple[str, int], ...] = ()
    closed_second: int = 0


def after(state: State, kind: str) -> State:
    """The state one moment later."""
    at = state.second + 1
    new = replace(state, second=at, **_changes(state, kind, at))
    return replace(new, turns=(*state.turns, (_TURNS[kind], at))) if kind in _TURNS else new


def _changes(state: State, kind: str, at: int) -> dict[str, Any]:
    verdict = ("approved", "changes_requested", "commented")[at % 3]
    over = {"closed": True, "closed_second": at}
    known: dict[str, dict[str, Any]] = {
        "edited": {"title": f"Title {at}"},
        "marked": {"body": f"Plain.{MARKER}"},
        "pushed": {"commits": (*state.commits, at)},
        "labeled": {"labels": (*state.labels, f"label{at}")},
        "reviewed": {"reviews": state.reviews | {at: (verdict, at)}},
        "dismissed": {"reviews": _dismissed(state.reviews)},
        "drafted": {"draft": True},
        "ready": {"draft": False},
        "closed": over,
        "merged": over | {"merged": True},
        "reopened": {"closed": False},
    }
    return known.get(kind, {})


def _dismissed(reviews: dict[int, tuple[str, int]]) -> dict[int, tuple[str, int]]:
    """The latest verdict is taken back."""
    verdicts = [number for number, (said, _) in reviews.items() if said != "commented"]
    return reviews | {n: ("dismissed", reviews[n][1]) for n in verdicts[-1:]}


def states(moments: list[str]) -> list[State]:
    """The state at the beginning, and after each moment."""
    return reduce(lambda so_far, kind: [*so_far, after(so_far[-1], kind)], moments, [State()])


def sha(second: int) -> str:
    return f"{second:040x}"


def webhook(number: int, kind: str, state: State) -> Told:
    """What GitHub sends at a moment that led to this state."""
    name = _PAYLOADS[kind]
    payload = real(name)
    payload |= {"number": number, "action": _ACTIONS.get(kind, payload["action"])}
    event = name.split(".", maxsplit=1)[0]
    payload["pull_request"] |= _pull_request(number, state, whole=event == "pull_request")
    if kind in ("reviewed", "dismissed"):
        payload["review"] = _review(kind, state, payload["review"])
    elif kind == "commented":
        event, payload["comment"] = "pull_request_review_comment", payload.pop("review")
    return Told(event, payload)


def _review(kind: str, state: State, review: Json) -> Json:
    wanted = [
        n for n, (said, _) in state.reviews.items() if kind == "reviewed" or said == "dismissed"
    ]
    number = wanted[-1]
    said, at = state.reviews[number]
    who = account(f"reviewer{number}-gh")
    return review | {"id": number, "user": who, "state": said, "submitted_at": written(when(at))}


def can_be_told(kind: str, state: State) -> bool:
    """Whether GitHub sends something: there may have been nothing to take back."""
    return kind != "dismissed" or any(said == "dismissed" for said, _ in state.reviews.values())


def _pull_request(number: int, state: State, *, whole: bool) -> Json:
    closed_at = written(when(state.closed_second)) if state.closed else None
    shown: Json = {
        "number": number,
        "node_id": f"PR_{number}",
        "html_url": URL,
        "title": state.title,
        "body": state.body,
        "user": account(AUTHOR),
        "assignees": [],
        "draft": state.draft,
        "state": "closed" if state.closed else "open",
        "created_at": written(START),
        "updated_at": written(when(state.second)),
        "closed_at": closed_at,
        "merged_at": closed_at if state.merged else None,
        "merge_commit_sha": "5" * 40,
        "labels": [{"name": label} for label in state.labels],
        "head": real("pull_request.opened")["pull_request"]["head"] | {"ref": "changes"},
    }
    if whole:
        shown |= {
            "merged_by": account(MERGER) if state.merged else None,
            "additions": 10 * len(state.commits),
            "deletions": len(state.commits),
            "changed_files": len(state.commits),
            "commits": len(state.commits),
        }
    return shown


def look(number: int, state: State) -> Snapshot:
    """What GraphQL shows of it in this state."""
    node = PullRequestNode.model_validate_json(json.dumps(_node(number, state)))
    return snapshot_of([node], RepositoryId(REPOSITORY["id"]), REPOSITORY["full_name"])


def _node(number: int, state: State) -> Json:
    shown = _pull_request(number, state, whole=True)
    merged = state.merged
    return {
        "id": shown["node_id"],
        "number": number,
        "title": state.title,
        "url": URL,
        "state": "MERGED" if merged else "CLOSED" if state.closed else "OPEN",
        "isDraft": state.draft,
        "body": state.body,
        "headRefName": "changes",
        "baseRefName": real("pull_request.opened")["pull_request"]["base"]["ref"],
        "createdAt": shown["created_at"],
        "updatedAt": shown["updated_at"],
        "closedAt": shown["closed_at"],
        "mergedAt": shown["merged_at"],
        "additions": shown["additions"],
        "deletions": shown["deletions"],
        "changedFiles": shown["changed_files"],
        "author": _who(AUTHOR),
        "mergedBy": _who(MERGER) if merged else None,
        "mergeCommit": {"oid": "5" * 40, "message": state.title} if merged else None,
        "labels": {"nodes": shown["labels"]},
        "commits": _some([{"commit": _commit(second)} for second in state.commits]),
        "reviews": _some(
            [
                {
                    "fullDatabaseId": str(n),
                    "state": said.upper(),
                    "submittedAt": written(when(at)),
                    "author": _who(f"reviewer{n}-gh"),
                }
                for n, (said, at) in state.reviews.items()
            ]
        ),
        "timelineItems": _some(
            [{"__typename": turn, "createdAt": written(when(at))} for turn, at in state.turns]
        ),
    }


def _commit(second: int) -> Json:
    at = written(when(second))
    author = {"name": "Ada", "email": "ada@example.com", "user": _who(AUTHOR)}
    times = {"authoredDate": at, "committedDate": at}
    return {"oid": sha(second), "message": f"Change {second}", "author": author, **times}


def _who(login: str) -> Json:
    return {"__typename": "User", "login": login, "databaseId": account(login)["id"]}


def _some(nodes: list[Any]) -> Json:
    return {"totalCount": len(nodes), "pageInfo": {"hasNextPage": False}, "nodes": nodes}
