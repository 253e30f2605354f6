"""Examples of what people read about connections; `examples.py` has the others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.domain.connections import Connection, ConnectionKind, ConnectionState
from bot.domain.ids import GithubLogin
from bot.views.connections import token_kept, token_not_kept, trouble, trouble_over
from bot.views.homes import claim_dialog, connect_dialog, token_dialog
from bot.views.members import link_ended

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
URL = "https://hunch.example/github/link?ticket=one-of-ours"


def _one(state: ConnectionState, kind: ConnectionKind = ConnectionKind.APP) -> Connection:
    return Connection(1, kind, "acme", state, NOON, missing=("members:read",))


CONNECTION_DIALOGS: Mapping[str, Any] = {
    "claim_or_sign_in": claim_dialog(URL),
    "connect_github": connect_dialog(URL),
    "github_token": token_dialog(),
}
CONNECTION_MESSAGES: Mapping[str, Any] = {
    "suspended": trouble(_one(ConnectionState.SUSPENDED)),
    "removed": trouble(_one(ConnectionState.REMOVED)),
    "scope_missing": trouble(_one(ConnectionState.SCOPE_MISSING)),
    "token_revoked": trouble(_one(ConnectionState.REVOKED, ConnectionKind.TOKEN)),
    "works_again": trouble_over(_one(ConnectionState.SUSPENDED), _one(ConnectionState.ACTIVE)),
    "token_kept": token_kept(_one(ConnectionState.ACTIVE, ConnectionKind.TOKEN)),
    "token_not_kept": token_not_kept("GitHub does not take that token."),
    "link_ended": link_ended(GithubLogin("octocat")),
}
