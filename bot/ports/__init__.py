"""The outside world as use cases see it: protocols that adapters implement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.domain.ids import WorkspaceId

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A note to look at something later; `key` is unique among the unfinished jobs.

    `ref` names what to look at. `run_at` (aware UTC) defers it; a lower `priority` waits longer.
    """

    entrypoint: str
    workspace_id: WorkspaceId
    ref: str
    key: str
    run_at: datetime | None = None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Show:
    """Slack should show this message in `target` (a user or channel id): post it, or bring the
    one already posted up to date. The same content again changes nothing.

    `response_url` is the quicker way to update it, while it is fresh.
    """

    key: str
    target: str
    payload: Mapping[str, Any]
    response_url: str | None = None


@dataclass(frozen=True, slots=True)
class ShowHome:
    """The App Home of the Slack user `target` should look like this."""

    target: str
    view: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer one click, seen by `target` alone; the same `key` is answered once."""

    key: str
    target: str
    payload: Mapping[str, Any]
    response_url: str


Effect = Show | ShowHome | Reply


class Transaction(Protocol):
    """One open transaction of one workspace; storage functions take it as first argument."""

    @property
    def workspace_id(self) -> WorkspaceId: ...

    async def fetch(self, statement: str, *values: Any) -> Sequence[Row]: ...

    async def fetchrow(self, statement: str, *values: Any) -> Row | None: ...

    async def fetchval(self, statement: str, *values: Any) -> Any: ...

    async def execute(self, statement: str, *values: Any) -> str: ...

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> None: ...

    def enqueue(self, job: Job) -> None:
        """Queue `job` with this transaction: it exists if and only if the transaction commits."""
        ...


class Database(Protocol):
    """Where transactions come from."""

    def transaction(
        self, workspace_id: WorkspaceId, *, name: str
    ) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that sees and writes only `workspace_id`'s rows.

        `name` names its failpoints (`<name>.before_commit`, `<name>.after_commit`).
        Raises DatabaseAway when PostgreSQL cannot be reached.
        """
        ...

    async def call(self, statement: str, *values: Any, name: str) -> Row | None:
        """Run one statement that is a transaction of its own; returns its first row.

        For functions in the database that name their workspace themselves. Raises DatabaseAway.
        """
        ...

    async def call_together(
        self, statement: str, workspace_id: WorkspaceId, item: Sequence[Any], *, name: str
    ) -> Any:
        """Like `call`, for a function that takes arrays: items that come at the same time share
        one call and one commit. Returns this item's own result, after the commit.
        """
        ...

    def routing(self, *, name: str) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction with no workspace: sees the routing tables only."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message ended up in Slack."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class SlackPage:
    """One page of `users.list`."""

    users: Sequence[Mapping[str, Any]]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """What `auth.test` says about a bot token."""

    workspace_id: WorkspaceId
    workspace_name: str
    bot_user_id: str
    bot_id: str = ""
    enterprise_id: str = ""
    scopes: frozenset[str] = frozenset()


class Slack(Protocol):
    """Slack's Web API for one workspace.

    Every method raises Retryable (rate limit, or certainly nothing happened), Unclear (the request
    may have landed), or Permanent (refused for good; `reason` is Slack's error code). All but
    `post` and `reply` may be repeated without harm. Where there is a `before`, the answer is
    Retryable if that time has passed when the request would leave us.
    """

    async def post(
        self,
        target: str,
        payload: Mapping[str, Any],
        *,
        outbox_id: int,
        key: str,
        before: datetime,
    ) -> Posted:
        """Post to a channel, or to a person's direct messages, marked with outbox id and key."""
        ...

    async def update(
        self, posted: Posted, payload: Mapping[str, Any], *, before: datetime
    ) -> None: ...

    async def replace(
        self, response_url: str, payload: Mapping[str, Any], *, before: datetime
    ) -> None:
        """Update the message that a fresh `response_url` belongs to."""
        ...

    async def reply(
        self, response_url: str, payload: Mapping[str, Any], *, before: datetime
    ) -> None:
        """Answer a click, seen by that person alone."""
        ...

    async def publish_home(
        self, user: str, view: Mapping[str, Any], *, before: datetime
    ) -> None: ...

    async def open_dialog(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a modal; the trigger of a click lives for three seconds."""
        ...

    async def find_posted(
        self, target: str, *, outbox_id: int, key: str, since: datetime, until: datetime
    ) -> Posted | None:
        """Look in the target's history for the message of an outbox row, or of its message's key,
        which it has had from whoever posted it; None: it is not there.
        """
        ...

    async def list_users(self, cursor: str) -> SlackPage: ...

    async def test(self) -> None:
        """Ask whether the token is still good; Permanent says why it is not."""
        ...


class SlackClients(Protocol):
    async def for_workspace(self, workspace_id: WorkspaceId) -> Slack:
        """The client with this workspace's token. Raises Permanent when it is not installed."""
        ...


class AnsweringSlackClients(SlackClients, Protocol):
    """Clients that can answer clicks also where the workspace's token is out of reach."""

    def for_answers(self, workspace_id: WorkspaceId) -> Slack:
        """A client without a token: good for `reply` and `replace`, and for nothing else."""
        ...


class RememberingSlackClients(AnsweringSlackClients, Protocol):
    """Clients that remember a workspace's token for a moment."""

    async def is_locked(self, workspace_id: WorkspaceId) -> bool:
        """Whether nothing can be said there, because no key opens the workspace's token."""
        ...

    def forget(self, workspace_id: WorkspaceId) -> None:
        """The workspace's token has changed or gone: read it anew next time."""
        ...


class SlackTokens(Protocol):
    """Where clients get their bot tokens from."""

    async def of(self, workspace_id: WorkspaceId) -> str | None:
        """The token to call with; None where Hunch is not installed.

        Raises Permanent where it was uninstalled, or where no key opens the token.
        """
        ...

    async def is_locked(self, workspace_id: WorkspaceId) -> bool:
        """Whether there is a token and no key opens it."""
        ...

    async def renew(self, workspace_id: WorkspaceId, refused: str, reason: str) -> str | None:
        """Another token than the one Slack refused, or None when there is no better one."""
        ...

    def forget(self, workspace_id: WorkspaceId) -> None: ...


@dataclass(frozen=True, slots=True)
class Held:
    """A stored secret, without itself: what it is for, and whether a key of ours opens it."""

    purpose: str
    name: str
    opens: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """What Slack gives for a code or a refresh token: a bot token, and whose it is.

    `workspace_id` is the organisation's id (`E…`) where the whole of it installed. `expires_in_s`
    and `refresh_token` come with token rotation only. `installer` is "" after a refresh.
    """

    workspace_id: WorkspaceId
    workspace_name: str
    app_id: str
    bot_user_id: str
    bot_token: str = field(repr=False)
    scopes: frozenset[str]
    enterprise_id: str = ""
    installer: str = ""
    refresh_token: str | None = field(default=None, repr=False)
    expires_in_s: int | None = None


class SlackOAuth(Protocol):
    """Slack's OAuth for our app. Raises Retryable, Unclear or Permanent, as `Slack` does."""

    async def exchange(self, code: str, *, redirect_url: str) -> Grant:
        """The token behind a code; a code is good once, for ten minutes."""
        ...

    async def refresh(self, refresh_token: str) -> Grant:
        """A new pair for a refresh token, which is thereby used up."""
        ...

    async def owner(self, bot_token: str) -> TokenOwner:
        """Whose token it is, as Slack says it (`auth.test`)."""
        ...


class Vault(Protocol):
    """Secrets at rest: encrypted, bound to their workspace and purpose."""

    def can_keep(self) -> bool:
        """Whether there is a key to seal a secret with; without one `put` raises UserError."""
        ...

    async def put(
        self, tx: Transaction, purpose: str, name: str, secret: str, *, replace: bool = False
    ) -> bool:
        """Keep a secret; False when just this one was kept already.

        Raises SecretLocked rather than write over one that no key opens, unless a person
        connects anew and thereby wants that (`replace`).
        """
        ...

    async def get(self, tx: Transaction, purpose: str, name: str, *, reader: str) -> str | None:
        """The secret, or None when there is none; the transaction's audit tells that `reader` asked.

        `reader` is one of `outbox`, `webhook`, `rotation`, `operator`, `github`. Raises SecretLocked
        when no key opens it: catch it inside the transaction, and the audit stays.
        """
        ...

    async def is_locked(self, tx: Transaction, purpose: str, name: str) -> bool:
        """Whether there is such a secret that no key opens; hands it not out."""
        ...

    async def delete(self, tx: Transaction, purpose: str, name: str) -> None:
        """Forget a secret; nothing happens if there is none."""
        ...

    async def held(self, tx: Transaction) -> Sequence[Held]:
        """All secrets of the workspace, by purpose and name; hands none out."""
        ...
