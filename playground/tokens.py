"""The tokens that OAuth gave out, and which of them still open the door.

Without rotation a bot keeps one token for good. With it, access tokens live 12 hours and each
refresh token gets one new pair; only the two youngest access tokens of a bot work.
https://docs.slack.dev/authentication/using-token-rotation
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

LIFE_S = 43_200
_MOST_ALIVE = 2


class TokenKind(StrEnum):
    """What a token is for."""

    BOT = "bot"
    USER = "user"
    REFRESH = "refresh"


@dataclass(slots=True)
class Token:
    """One token; `owner` is a workspace or an organisation, `user` whose it is.

    `expires_at` 0 means never. `spent` are refresh tokens that were used and tokens that were
    exchanged; `revoked` opens nothing any more.
    """

    value: str
    kind: TokenKind
    app_id: str
    owner: str
    user: str
    scopes: str = ""
    issued_at: float = 0.0
    expires_at: float = 0.0
    spent: bool = False
    revoked: bool = False


def new_value(kind: TokenKind, *, rotating: bool) -> str:
    """Return a fresh token in the form that Slack's have."""
    if kind is TokenKind.REFRESH:
        return f"xoxe-1-{secrets.token_urlsafe(40)}"
    prefix = "xoxb" if kind is TokenKind.BOT else "xoxp"
    if rotating:
        return f"xoxe.{prefix}-1-{secrets.token_urlsafe(40)}"
    return f"{prefix}-{secrets.randbelow(10**12)}-{secrets.token_hex(12)}"


class Tokens:
    """All tokens that were given out by OAuth; `keep` writes a changed one down."""

    def __init__(self, keep: Callable[[Token], None]) -> None:
        self._keep = keep
        self._known: dict[str, Token] = {}

    def remember(self, token: Token) -> None:
        """Take a token up, from disk."""
        self._known[token.value] = token

    def put(self, token: Token) -> Token:
        """Store a token as it is now."""
        self.remember(token)
        self._keep(token)
        return token

    def get(self, value: str) -> Token | None:
        """Return what is known of a token."""
        return self._known.get(value)

    def of(self, app_id: str, owner: str) -> Iterator[Token]:
        """Go through an installation's tokens that are not revoked, oldest first."""
        for token in list(self._known.values()):
            if (token.app_id, token.owner, token.revoked) == (app_id, owner, False):
                yield token

    def revoke(self, token: Token) -> None:
        """Make a token useless."""
        token.revoked = True
        self.put(token)

    def revoke_all(self, app_id: str, owner: str) -> list[Token]:
        """Make all tokens of an installation useless; returns them."""
        found = list(self.of(app_id, owner))
        for token in found:
            self.revoke(token)
        return found

    def retire(self, latest: Token) -> None:
        """Keep only the youngest access tokens of whoever `latest` was given to."""
        alive = [
            one
            for one in self.of(latest.app_id, latest.owner)
            if (one.kind, one.user) == (latest.kind, latest.user)
        ]
        for old in alive[:-_MOST_ALIVE]:
            self.revoke(old)
