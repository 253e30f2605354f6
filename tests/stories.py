"""Pull requests' lives told in webhooks, derived from the real payloads of `../shared/`.

None of GitHub's published examples is a merge or an approval; these turn them into what we need and
leave everything else as GitHub sent it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from tests.shared_data import shared

Json = dict[str, Any]
WEBHOOKS = "data/github-webhooks"
COPILOT = ("Copilot", 198982749)
CLAUDE = ("claude[bot]", 209825114)
DEVIN = ("devin-ai-integration[bot]", 158243242)
DEPENDABOT = ("dependabot[bot]", 49699333)
SECOND = timedelta(seconds=1)


@cache
def _text(name: str) -> str:
    return (shared(WEBHOOKS) / f"{name}.1.json").read_text(encoding="utf-8")


def real(name: str) -> Json:
    """A real payload, such as `pull_request.opened`; a copy of one's own."""
    payload: Json = json.loads(_text(name))
    return payload


def account(login: str, number: int | None = None, kind: str = "User") -> Json:
    """A real account object with another login; the id follows from the login."""
    user: Json = real("pull_request.opened")["sender"]
    github_id = number if number is not None else sum(map(ord, login)) + 10**6
    return user | {"login": login, "id": github_id, "type": kind}


def bot(who: tuple[str, int]) -> Json:
    return account(*who, kind="Bot")


def written(at: datetime) -> str:
    """A time as GitHub writes it, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Told:
    """One webhook: the event's name and its payload."""

    event: str
    payload: Json

    @property
    def body(self) -> bytes:
        return json.dumps(self.payload).encode()


@dataclass(frozen=True)
class Edit:
    """From `at` on the pull request reads like this."""

    at: datetime
    title: str
    body: str | None = None


def _as_it_is(_: Json) -> None:
    """Changes nothing."""


@dataclass(frozen=True)
class Story:
    """One pull request; every webhook shows it as it was at its own time.

    `change` has the last word on each `pull_request` object.
    """

    number: int
    opened_at: datetime
    author: str = "person1-gh"
    title: str = "Update the README with new information."
    body: str | None = "This is a pretty simple change."
    head: str = "changes"
    merged_at: datetime | None = None
    edits: tuple[Edit, ...] = ()
    squash: bool = False
    change: Callable[[Json], None] = _as_it_is

    def opened(self) -> Told:
        return self._pull_request("pull_request.opened", self.opened_at)

    def synchronized(self, at: datetime) -> Told:
        return self._pull_request("pull_request.synchronize", at)

    def edited(self, at: datetime) -> Told:
        """GitHub publishes no example of `edited`; it is shaped as `synchronize`."""
        told = self._pull_request("pull_request.synchronize", at)
        return Told(told.event, told.payload | {"action": "edited", "changes": {}})

    def merged(self) -> Told:
        assert self.merged_at is not None
        return self._pull_request("pull_request.closed", self.merged_at)

    def closed(self, at: datetime) -> Told:
        """Closed without a merge."""
        told = self._pull_request("pull_request.closed", at)
        told.payload["pull_request"] |= {"state": "closed", "closed_at": written(at)}
        return told

    def reviewed(self, by: str, state: str, at: datetime, *, review: int) -> Told:
        """A review: `approved`, `changes_requested` or `commented`."""
        return self._review("pull_request_review.submitted", by, state, at, at, review)

    def dismissed(self, by: str, at: datetime, *, review: int, submitted_at: datetime) -> Told:
        name = "pull_request_review.dismissed"
        return self._review(name, by, "dismissed", at, submitted_at, review)

    def _review(
        self, name: str, by: str, state: str, at: datetime, submitted_at: datetime, review: int
    ) -> Told:
        told = self._pull_request(name, at)
        told.payload["review"] |= {
            "id": review,
            "user": account(by),
            "state": state,
            "submitted_at": written(submitted_at),
        }
        return told

    def _pull_request(self, name: str, at: datetime) -> Told:
        payload = real(name)
        pr = payload["pull_request"]
        edit = max((e for e in self.edits if e.at <= at), key=lambda e: e.at, default=None)
        pr |= {
            "number": self.number,
            "title": edit.title if edit else self.title,
            "body": edit.body if edit else self.body,
            "user": account(self.author),
            "created_at": written(self.opened_at),
            "updated_at": written(at),
        }
        pr["head"] = pr["head"] | {"ref": self.head}
        self._close(pr, at)
        self.change(pr)
        payload["number"] = self.number
        return Told(name.split(".", maxsplit=1)[0], payload)

    def _close(self, pr: Json, at: datetime) -> None:
        merged = self.merged_at is not None and at >= self.merged_at
        when = written(self.merged_at) if merged and self.merged_at else None
        pr |= {"state": "closed" if merged else "open", "closed_at": when, "merged_at": when}
        if "merged" in pr:
            pr |= {"merged": merged, "merged_by": account("person9-gh") if merged else None}
        if merged and self.squash:
            # A squash leaves one new commit on the base, whatever the branch had.
            pr |= {"merge_commit_sha": "5" * 40, "commits": 1}


def by_agent(who: tuple[str, int], *assignees: str) -> Callable[[Json], None]:
    """An agent's account wrote it, asked by whoever is assigned."""

    def change(pr: Json) -> None:
        pr["user"] = bot(who)
        pr["assignees"] = [bot(who), *(account(login) for login in assignees)]

    return change


def by_bot(who: tuple[str, int]) -> Callable[[Json], None]:
    def change(pr: Json) -> None:
        pr["user"] = bot(who)

    return change


def by_a_ghost(pr: Json) -> None:
    """The author's account was deleted."""
    pr["user"] = None


def from_a_fork(pr: Json) -> None:
    """The branch is in somebody's fork, which was deleted since."""
    pr["head"] = pr["head"] | {"label": "stranger:changes", "repo": None}


def without_newer_fields(pr: Json) -> None:
    """As a GitHub Enterprise Server of some years ago sends it."""
    for name in ("draft", "assignees", "auto_merge", "requested_teams", "author_association"):
        pr.pop(name, None)
    for person in (pr["user"], pr["head"]["user"]):
        person.pop("type", None)


def with_nulls(pr: Json) -> None:
    pr |= {"draft": None, "assignees": None, "body": None, "labels": None, "merged_by": None}


def with_extra_fields(pr: Json) -> None:
    """As a GitHub of some years from now may send it."""
    pr |= {"quantum": {"entangled": [1, None, {"deep": copy.deepcopy(pr["head"])}]}, "mood": 7.5}


def with_a_minimal_account(pr: Json) -> None:
    pr["user"] = {"login": pr["user"]["login"], "id": pr["user"]["id"], "type": "Mannequin"}
