"""Codes for people who said yes to an App, and the tokens that the App gets for them."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from playground.github.records import App, Token
from playground.github.world import World
from playground.records import Json

_CODE_LIVES_S = 600
_TOKEN_LIVES_S = 8 * 3600
_REFRESH_LIVES_S = 15_897_600
_ERRORS = {
    "bad_verification_code": "The code passed is incorrect or expired.",
    "incorrect_client_credentials": "The client_id and/or client_secret passed are incorrect.",
    "redirect_uri_mismatch": (
        "The redirect_uri MUST match the registered callback URL for this application."
    ),
    "bad_refresh_token": "The refresh token passed is incorrect or expired.",  # nosec B105
    "unsupported_grant_type": "The grant type is not supported.",
}


class Refusal(Exception):
    """GitHub's word for why there is no token: it says so with status 200."""

    def as_json(self) -> Json:
        return {
            "error": str(self),
            "error_description": _ERRORS[str(self)],
            "error_uri": "https://docs.github.com/apps/managing-oauth-apps",
        }


@dataclass(frozen=True, slots=True)
class _Code:
    app_id: int
    login: str
    redirect_uri: str
    challenge: str
    ends_at: float


def allows(app: App, redirect_uri: str) -> bool:
    """Whether people may be sent back there: a callback address of the App, or one below it."""
    return any(
        redirect_uri == one or redirect_uri.startswith((f"{one}/", f"{one}?"))
        for one in app.callback_urls
    )


class SignIn:
    """Hands out codes, each good once for ten minutes, and changes them for tokens."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._codes: dict[str, _Code] = {}

    def code(self, app: App, login: str, redirect_uri: str, challenge: str = "") -> str:
        """A code by which the App proves that this person said yes."""
        code = secrets.token_hex(10)
        ends_at = self._world.state.clock.now() + _CODE_LIVES_S
        self._codes[code] = _Code(app.id, login, redirect_uri, challenge, ends_at)
        return code

    def exchange(self, asked: Mapping[str, str]) -> Json:
        """A token for a code or for a refresh token; raises Refusal."""
        app = next((a for a in self._world.apps if a.client_id == asked.get("client_id")), None)
        if app is None or asked.get("client_secret") != app.client_secret:
            raise Refusal("incorrect_client_credentials")
        kind = asked.get("grant_type", "authorization_code")
        if kind == "refresh_token":
            return self._refresh(app, asked.get("refresh_token", ""))
        if kind != "authorization_code":
            raise Refusal("unsupported_grant_type")
        return self._token(app, self._login(app, asked))

    def _login(self, app: App, asked: Mapping[str, str]) -> str:
        code = self._codes.pop(asked.get("code", ""), None)
        now = self._world.state.clock.now()
        if code is None or code.app_id != app.id or code.ends_at <= now:
            raise Refusal("bad_verification_code")
        if asked.get("redirect_uri") not in (None, "", code.redirect_uri):
            raise Refusal("redirect_uri_mismatch")
        if code.challenge and _challenge(asked.get("code_verifier", "")) != code.challenge:
            raise Refusal("bad_verification_code")
        return code.login

    def _refresh(self, app: App, refresh: str) -> Json:
        there = (t for t in self._world.tokens if t.refresh and t.refresh == refresh)
        old = next((t for t in there if t.app_id == app.id and not t.revoked), None)
        if old is None:
            raise Refusal("bad_refresh_token")
        old.revoked = True
        self._world.tokens.put(old)
        return self._token(app, old.login)

    def _token(self, app: App, login: str) -> Json:
        token = self._world.tokens.put(
            Token(
                f"ghu_{secrets.token_hex(18)}",
                login=login,
                app_id=app.id,
                expires_at=self._world.state.clock.now() + _TOKEN_LIVES_S,
                refresh=f"ghr_{secrets.token_hex(38)}",
            )
        )
        return {
            "access_token": token.value,
            "expires_in": _TOKEN_LIVES_S,
            "refresh_token": token.refresh,
            "refresh_token_expires_in": _REFRESH_LIVES_S,
            "token_type": "bearer",  # nosec B105
            "scope": "",
        }


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
