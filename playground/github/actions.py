"""A make-believe GitHub: pull requests of the company, and the signed webhooks about them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any, Protocol

from playground.github import payloads
from playground.github.hooks import Hook, Sent, post
from playground.github.node_ids import number_of
from playground.pull_requests import (
    COPILOT,
    DEPENDABOT,
    Commit,
    GivenReview,
    PullRequest,
    Sign,
    Turn,
    describe,
    from_document,
    head_of,
    pick_title,
    sha_of,
    sizes,
)
from playground.records import Json
from playground.state import State

_KIND = "pull_request"


class Teller(Protocol):
    """The server's part: Apps that hear of everything too, and numbers that are taken."""

    def covers(self, full_name: str) -> bool: ...

    async def tell_of(self, full_name: str, event: str, payload: Json) -> list[Sent]: ...

    def taken(self, full_name: str) -> int: ...


@dataclass(slots=True)
class GitHub:
    """Opens, reviews and merges pull requests; `hook` hears of everything.

    Where an App was let into the repository, the App hears of it by the `teller`, and `hook` not.

    Each action returns the pull request after the webhook was answered. What a webhook tells is
    written down before it is sent: after a kill no number is given out twice. `deliveries` keeps
    what was sent, newest last; `heard` says whether anybody was told of the last thing.
    """

    state: State
    hook: Hook | None = None
    deliveries: list[Sent] = field(default_factory=list)
    team_id: str = ""
    teller: Teller | None = None
    heard: bool = False

    @property
    def _kind(self) -> str:
        """Under which kind of document one workspace's pull requests are kept."""
        return f"{_KIND}:{self.team_id}" if self.team_id else _KIND

    def pull_requests(self) -> list[PullRequest]:
        """Return all pull requests, oldest first."""
        documents = self.state.documents.items()
        found = [from_document(body) for (kind, _), body in documents if kind == self._kind]
        return sorted(found, key=lambda pr: pr.number)

    def find(self, key: str) -> PullRequest:
        """Return a pull request by its key (`owner/name#7`); raises KeyError."""
        return from_document(self.state.documents[self._kind, key])

    async def open(
        self,
        repository: str,
        author: str,
        *,
        title: str = "",
        sign: Sign = Sign.NONE,
        draft: bool = False,
    ) -> PullRequest:
        """Open a pull request by `author` (a login); `sign` is what gives AI away, if anything.

        An agent's pull request is assigned to `author`, who asked for it.
        """
        pr = self._draw_up(repository, author, title, sign)
        pr.draft = draft
        self._store(pr)
        await self._send("pull_request", payloads.pull_request_event(pr, "opened", sender=author))
        return pr

    def _draw_up(self, repository: str, author: str, title: str, sign: Sign) -> PullRequest:
        taken = self.teller.taken(repository) if self.teller else 0
        number = max((pr.number for pr in self.pull_requests()), default=taken) + 1
        number = max(number, taken + 1)
        title, now = title or pick_title(number), self._now()
        by = {Sign.AGENT_ACCOUNT: COPILOT, Sign.SERVICE_BOT: DEPENDABOT}.get(sign, author)
        additions, deletions, changed_files = sizes(number)
        pr = PullRequest(
            repository,
            number,
            title,
            by,
            describe(sign),
            head_of(number, title, sign),
            now,
            now,
            assignees=[author] if sign is Sign.AGENT_ACCOUNT else [],
            additions=additions,
            deletions=deletions,
            changed_files=changed_files,
        )
        self._commit(pr, author, count=1 + number % 3)
        return pr

    def _commit(self, pr: PullRequest, author: str, *, count: int, message: str = "") -> None:
        """Add commits to its branch; a bot's have its own address."""
        login = pr.author if pr.author.endswith("[bot]") else author
        name, email = self._signature(login)
        for place in range(len(pr.commits), len(pr.commits) + count):
            text = message or (pr.title if place == 0 else f"Say it more simply, step {place}")
            sha, at = sha_of(pr.first_key, "commit", place), self._now()
            pr.commits.append(Commit(sha, text, name, email, at, at, login))

    def _signature(self, login: str) -> tuple[str, str]:
        """The name and the address that somebody's commits have."""
        if login.endswith("[bot]"):
            return login, f"{number_of(login)}+{login}@users.noreply.github.com"
        known = (user for user in self.state.users.values() if user.github == login)
        user = next(known, None)
        return (user.real_name, user.email) if user else (login, f"{login}@example.com")

    async def review(self, pr: PullRequest, reviewer: str, state: str = "approved") -> PullRequest:
        """Review: `approved`, `changes_requested` or `commented`."""
        pr = self.find(pr.key)
        number = number_of(f"{pr.key}/{len(pr.reviews)}")
        review = GivenReview(number, reviewer, state, self._now())
        pr.reviews.append(review)
        self._store(pr, touched=True)
        event = payloads.review_event(pr, review, "submitted", sender=reviewer)
        await self._send("pull_request_review", event)
        return pr

    async def dismiss(self, pr: PullRequest, reviewer: str, *, by: str) -> PullRequest:
        """Dismiss the latest review of `reviewer`; raises LookupError if there is none."""
        pr = self.find(pr.key)
        theirs = [review for review in pr.reviews if review.reviewer == reviewer]
        if not theirs:
            raise LookupError(f"{reviewer} did not review {pr.key}")
        theirs[-1].state = "dismissed"
        self._store(pr, touched=True)
        event = payloads.review_event(pr, theirs[-1], "dismissed", sender=by)
        await self._send("pull_request_review", event)
        return pr

    async def merge(self, pr: PullRequest, *, by: str) -> PullRequest:
        """Merge it."""
        return await self._close(pr, by=by, merged=True)

    async def close(self, pr: PullRequest, *, by: str) -> PullRequest:
        """Close it without merging."""
        return await self._close(pr, by=by, merged=False)

    async def _close(self, pr: PullRequest, *, by: str, merged: bool) -> PullRequest:
        pr = self.find(pr.key)
        if pr.state == "closed":
            raise LookupError(f"{pr.key} is closed already")
        pr.state, pr.closed_at = "closed", self._now()
        if merged:
            pr.merged_at, pr.merged_by = pr.closed_at, by
            pr.timeline.append(Turn("merged", by, pr.closed_at))
        pr.timeline.append(Turn("closed", by, pr.closed_at))
        self._store(pr, touched=True)
        await self._send("pull_request", payloads.pull_request_event(pr, "closed", sender=by))
        return pr

    async def merge_story(
        self,
        repository: str,
        author: str,
        approvers: list[str],
        *,
        title: str = "",
        sign: Sign = Sign.NONE,
    ) -> PullRequest:
        """Open, approve by everybody named, and merge: what the page's button does."""
        pr = await self.open(repository, author, title=title, sign=sign)
        for approver in approvers:
            pr = await self.review(pr, approver)
        return await self.merge(pr, by=approvers[0] if approvers else author)

    async def redeliver(self, sent: Sent) -> Sent:
        """Send a delivery again, with the same id, as GitHub's "Redeliver" does."""
        return await self._deliver(Sent(sent.delivery_id, sent.event, sent.body))

    async def ready(self, pr: PullRequest, *, by: str) -> PullRequest:
        """A draft is ready for review."""
        return await self._turn(pr, "ready_for_review", by, draft=False)

    async def back_to_draft(self, pr: PullRequest, *, by: str) -> PullRequest:
        """It is a draft again."""
        sent_as = "converted_to_draft"
        return await self._turn(pr, "convert_to_draft", by, draft=True, action=sent_as)

    async def reopen(self, pr: PullRequest, *, by: str) -> PullRequest:
        """Open one again that was closed without merging."""
        return await self._turn(pr, "reopened", by, state="open", closed_at=None)

    async def ask(self, pr: PullRequest, reviewer: str, *, by: str) -> PullRequest:
        """Ask somebody for a review."""
        more = {"requested_reviewer": payloads.account(reviewer)}
        return await self._turn(pr, "review_requested", by, subject=reviewer, told=more)

    async def label(self, pr: PullRequest, name: str, *, by: str) -> PullRequest:
        """Put a label on it."""
        labels = [*self.find(pr.key).labels, name]
        more = {"label": payloads.label(pr, name)}
        return await self._turn(pr, "labeled", by, subject=name, told=more, labels=labels)

    async def push(self, pr: PullRequest, *, by: str, message: str = "") -> PullRequest:
        """Add a commit to its branch."""
        pr = self.find(pr.key)
        before = pr.head_sha
        self._commit(pr, by, count=1, message=message)
        self._store(pr, touched=True)
        await self._send("push", payloads.push_event(pr, before, sender=by))
        event = payloads.pull_request_event(pr, "synchronize", sender=by)
        await self._send("pull_request", {**event, "before": before, "after": pr.head_sha})
        return pr

    async def comment(self, pr: PullRequest, text: str, *, by: str) -> PullRequest:
        """Comment on a line of it; GitHub makes a review of that, too."""
        pr = await self.review(pr, by, "commented")
        event = payloads.review_comment_event(pr, pr.reviews[-1], text, sender=by)
        await self._send("pull_request_review_comment", event)
        return pr

    async def _turn(
        self,
        pr: PullRequest,
        kind: str,
        by: str,
        *,
        action: str = "",
        subject: str = "",
        told: Json | None = None,
        **facts: Any,
    ) -> PullRequest:
        """Something happens to it: its timeline shows that, and a webhook tells it."""
        pr = self.find(pr.key)
        for name, value in facts.items():
            setattr(pr, name, value)
        pr.timeline.append(Turn(kind, by, self._now(), subject))
        self._store(pr, touched=True)
        event = payloads.pull_request_event(pr, action or kind, sender=by)
        await self._send("pull_request", event | (told or {}))
        return pr

    async def _send(self, event: str, payload: Json) -> None:
        name = str(payload["repository"]["full_name"])
        if self.teller is not None and self.teller.covers(name):
            told = await self.teller.tell_of(name, event, payload)
            self.deliveries += told
            self.heard = bool(told)
            return
        if self.hook and self.hook.installation_id is not None:
            payload["installation"] = {"id": self.hook.installation_id, "node_id": "MDIzOk"}
        body = json.dumps(payload, ensure_ascii=False).encode()
        self.state.keeper.flush()
        self.heard = True
        await self._deliver(Sent(str(uuid.uuid4()), event, body))

    async def _deliver(self, sent: Sent) -> Sent:
        if self.hook is not None:
            sent.status = await post(self.hook, sent)
        self.deliveries.append(sent)
        return sent

    def _store(self, pr: PullRequest, *, touched: bool = False) -> None:
        if touched:
            pr.updated_at = self._now()
        self.state.put_document(self._kind, pr.key, pr.as_document())

    def _now(self) -> str:
        """Return the time as GitHub writes it, to the second."""
        return self.state.clock.utc().strftime("%Y-%m-%dT%H:%M:%SZ")
