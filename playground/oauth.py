"""How an app gets into a workspace: what it asks for, who allows it, which tokens it gets.

The decisions of OAuth v2, without HTTP: `oauth_page.py` shows the page where somebody allows,
`web_api/oauth.py` takes the calls. https://docs.slack.dev/authentication/installing-with-oauth
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from playground.installing import Installing
from playground.records import App, Enterprise, Installation, Json, User, Workspace
from playground.scopes import BOT_SCOPES, USER_SCOPES, split
from playground.state import State
from playground.tokens import LIFE_S, Token, TokenKind, new_value
from playground.web_api.calls import SlackError

CODE_LIFE_S = 600.0


class Refused(Exception):
    """The authorize page cannot be shown; the code is Slack's, the text for the person."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """What an app asks for, as its link to the authorize page says."""

    app: App
    scopes: tuple[str, ...]
    user_scopes: tuple[str, ...]
    redirect_uri: str
    redirect_given: bool
    state: str
    team: str
    asked_at: float


@dataclass(slots=True)
class Code:
    """What somebody allowed; good for one exchange within 10 minutes."""

    asked: Asked
    owner: Workspace | Enterprise
    user: User
    made_at: float
    used: bool = False


class OAuth:
    """The links that were followed, the codes that were given out, the tokens for them."""

    def __init__(self, state: State, installing: Installing) -> None:
        self._state = state
        self._installing = installing
        self._asked: dict[str, Asked] = {}
        self._codes: dict[str, Code] = {}

    def ask(self, query: Json) -> tuple[str, Asked]:
        """Read a link to the authorize page; returns a ticket for one answer. Raises Refused."""
        app = self._state.by_client_id(str(query.get("client_id", "")))
        if app is None:
            raise Refused("invalid_client_id", "There is no app with this client id.")
        redirect_uri = str(query.get("redirect_uri", ""))
        asked = Asked(
            app,
            _known(split(str(query.get("scope", ""))), BOT_SCOPES),
            _known(split(str(query.get("user_scope", ""))), USER_SCOPES),
            redirect_uri or next(iter(app.redirect_urls), ""),
            bool(redirect_uri),
            str(query.get("state", "")),
            str(query.get("team", "")),
            self._state.clock.now(),
        )
        self._check(asked)
        ticket = secrets.token_urlsafe(24)
        self._asked[ticket] = asked
        return ticket, asked

    def _check(self, asked: Asked) -> None:
        if not asked.scopes and not asked.user_scopes:
            raise Refused("no_scopes", "The link says nothing about what the app may do.")
        allowed = asked.app.redirect_urls
        if not asked.redirect_uri.startswith(("http://", "https://")) or (
            allowed and not asked.redirect_uri.startswith(tuple(allowed))
        ):
            raise Refused(
                "bad_redirect_uri", "The app is not set up to go back to the address in the link."
            )

    def take(self, ticket: str) -> Asked:
        """Use a ticket up; raises Refused when it was used or is older than 10 minutes."""
        asked = self._asked.pop(ticket, None)
        if asked is None or self._state.clock.now() - asked.asked_at > CODE_LIFE_S:
            raise Refused("expired", "This page is too old. Follow the app's link again.")
        return asked

    def allow(self, asked: Asked, owner_id: str, user: User) -> str:
        """Note that `user` let the app into a workspace or organisation; returns the code."""
        code = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(32)}"
        self._codes[code] = Code(asked, self._owner(owner_id), user, self._state.clock.now())
        return code

    def client(self, client_id: str, client_secret: str) -> App:
        """Return the app that says who it is; answers `invalid_client_id` and its like."""
        app = self._state.by_client_id(client_id)
        if app is None:
            raise SlackError("invalid_client_id")
        if not secrets.compare_digest(app.client_secret.encode(), client_secret.encode()):
            raise SlackError("bad_client_secret")
        return app

    def redeem(self, app: App, value: str, redirect_uri: str) -> Json:
        """Install the app for a code; answers `invalid_code` and its like."""
        code = self._codes.get(value)
        if code is None or code.asked.app.id != app.id:
            raise SlackError("invalid_code")
        if code.used:
            raise SlackError("code_already_used")
        if self._state.clock.now() - code.made_at > CODE_LIFE_S:
            raise SlackError("invalid_code")
        if redirect_uri != code.asked.redirect_uri and (redirect_uri or code.asked.redirect_given):
            raise SlackError("bad_redirect_uri")
        code.used = True
        return self._install(code)

    def _install(self, code: Code) -> Json:
        app, asked, owner = code.asked.app, code.asked, code.owner
        authed: Json = {"id": code.user.id}
        answer: Json = {}
        if asked.scopes:
            installation = self._installing.install(app, owner, asked.scopes)
            answer = self._bot_answer(app, installation)
        if asked.user_scopes:
            authed |= self._user_grant(app, owner.id, code.user, asked.user_scopes)
        return {"app_id": app.id, "authed_user": authed, **answer, **self._whose(owner)}

    def _bot_answer(self, app: App, installation: Installation) -> Json:
        pair = self._bot_pair(app, installation)
        return {
            "token_type": str(TokenKind.BOT),
            "bot_user_id": installation.bot_user,
            "scope": installation.scopes,
            **pair,
        }

    def _bot_pair(self, app: App, installation: Installation) -> Json:
        """Return the bot's token, the same as before unless tokens rotate."""
        bot = TokenKind.BOT, installation.owner, installation.bot_user, installation.scopes
        if app.token_rotation:
            pair = self._rotate(app, *bot)
            self._installing.use_token(installation, pair["access_token"])
            return pair
        known = self._state.tokens.get(installation.bot_token)
        if known is None or known.revoked or known.expires_at:
            value = installation.bot_token if known is None else new_value(bot[0], rotating=False)
            self._give(app, *bot, value=value)
            self._installing.use_token(installation, value)
        return {"access_token": installation.bot_token}

    def _user_grant(self, app: App, owner: str, user: User, wanted: tuple[str, ...]) -> Json:
        scopes = ",".join(wanted)
        shown = {"scope": scopes, "token_type": str(TokenKind.USER)}
        if app.token_rotation:
            return shown | self._rotate(app, TokenKind.USER, owner, user.id, scopes)
        token = self._give(app, TokenKind.USER, owner, user.id, scopes)
        return shown | {"access_token": token.value}

    def _give(
        self,
        app: App,
        kind: TokenKind,
        owner: str,
        user: str,
        scopes: str,
        *,
        value: str = "",
        life_s: float = 0.0,
    ) -> Token:
        now = self._state.clock.now()
        value = value or new_value(kind, rotating=bool(life_s))
        expires_at = now + life_s if life_s else 0.0
        token = Token(value, kind, app.id, owner, user, scopes, now, expires_at)
        return self._state.tokens.put(token)

    def _rotate(self, app: App, kind: TokenKind, owner: str, user: str, scopes: str) -> Json:
        """Give out an access token for 12 hours and the refresh token for the next."""
        access = self._give(app, kind, owner, user, scopes, life_s=LIFE_S)
        # A refresh token says in `scopes` whose turn it is: the bot's or a person's.
        refresh = self._give(app, TokenKind.REFRESH, owner, user, f"{kind}:{scopes}")
        self._state.tokens.retire(access)
        return {
            "access_token": access.value,
            "refresh_token": refresh.value,
            "expires_in": LIFE_S,
        }

    def refresh(self, app: App, value: str) -> Json:
        """Give a new pair for a refresh token; answers `invalid_refresh_token`."""
        token = self._state.tokens.get(value)
        if token is None or token.kind != TokenKind.REFRESH or token.app_id != app.id:
            raise SlackError("invalid_refresh_token")
        if token.spent or token.revoked:
            raise SlackError("invalid_refresh_token")
        token.spent = True
        self._state.tokens.put(token)
        kind, _, scopes = token.scopes.partition(":")
        answer: Json = {"app_id": app.id, **self._whose(self._owner(token.owner))}
        installation = self._state.owned(app.id, token.owner)
        if kind == TokenKind.BOT and installation is not None:
            return answer | self._bot_answer(app, installation)
        pair = self._rotate(app, TokenKind.USER, token.owner, token.user, scopes)
        return answer | {"token_type": kind, "scope": scopes, **pair}

    def _owner(self, owner_id: str) -> Workspace | Enterprise:
        return self._state.workspaces.get(owner_id) or self._state.enterprises[owner_id]

    def exchange(self, app: App, value: str) -> Json:
        """Swap a token that never expires for a rotating pair; answers why not."""
        if not app.token_rotation:
            raise SlackError("token_rotation_not_enabled")
        installation = self._state.by_bot_token(value)
        token = self._state.tokens.get(value)
        if installation is None or installation.app_id != app.id or (token and token.expires_at):
            raise SlackError("invalid_token")
        if token and token.spent:
            raise SlackError("token_already_exchanged")
        if not installation.active or (token and token.revoked):
            raise SlackError("authorization_not_found")
        self._spend(app, installation, value)
        return self._bot_answer(app, installation) | {
            "app_id": app.id,
            **self._whose(self._owner(installation.owner)),
        }

    def _spend(self, app: App, installation: Installation, value: str) -> None:
        """A token that was exchanged is dead: what comes with it is a rotating pair."""
        bot = TokenKind.BOT, installation.owner, installation.bot_user, installation.scopes
        token = self._state.tokens.get(value) or self._give(app, *bot, value=value)
        token.spent = token.revoked = True
        self._state.tokens.put(token)

    def _whose(self, owner: Workspace | Enterprise) -> Json:
        if isinstance(owner, Enterprise):
            return {"team": None, "enterprise": owner.as_slack(), "is_enterprise_install": True}
        above = self._state.enterprise_of(owner.id)
        return {
            "team": {"id": owner.id, "name": owner.name},
            "enterprise": above.as_slack() if above else None,
            "is_enterprise_install": False,
        }


def _known(wanted: list[str], known: Json) -> tuple[str, ...]:
    unknown = [scope for scope in wanted if scope not in known]
    if unknown:
        raise Refused("invalid_scope", f"Slack knows no scope called {', '.join(unknown)}.")
    return tuple(wanted)
