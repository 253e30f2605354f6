"""Lets people install Hunch: `/slack/install`, out to Slack's page, and back with a code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from yarl import URL

from bot import log
from bot.domain.installs import STATE_LIVES, Install, is_org
from bot.errors import Conflict, DatabaseAway, HunchError, Permanent, Retryable, Unclear
from bot.ports import Grant, SlackOAuth, TokenOwner
from bot.use_cases import installs, oauth_states
from bot.use_cases.oauth_states import Late, Returned, Stranger, Ticket
from bot.views import installs as words
from bot.views.pages import POLICY, Page, html
from handlers.desk import Desk

_log = log.get("handlers.installs")
_COOKIE = "hunch_install"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_CODE = re.compile(r"[A-Za-z0-9._-]{1,512}")
_OWNER = re.compile(r"[TE][A-Z0-9]{1,30}")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class SlackApp:
    """Our app at Slack: what to ask for, where, and where to come back to.

    `app_id` is "" where we only learn it from Slack.
    """

    client_id: str = field(repr=False)
    scopes: tuple[str, ...]
    authorize_url: str
    redirect_url: str
    app_id: str = ""

    @property
    def is_https(self) -> bool:
        return self.redirect_url.startswith("https:")


class _Refused(HunchError):
    """The installation ends here, with this page; `reason` is a closed word for the tally."""

    def __init__(self, page: Page, reason: str, *, status: int = 400) -> None:
        super().__init__(reason)
        self.page = page
        self.reason = reason
        self.status = status


def _keyless() -> _Refused:
    """Before a code is redeemed whose token could not be kept."""
    return _Refused(words.no_key(), "no_key", status=503)


class InstallDoor:
    """`GET /slack/install`, `/slack/install/begin` and `/slack/oauth_redirect`."""

    def __init__(self, desk: Desk, oauth: SlackOAuth, app: SlackApp) -> None:
        self._desk = desk
        self._oauth = oauth
        self._app = app

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get(words.INSTALL, self.invite)
        # Whoever only asks for the head, as previews of links do, shall not use anything up.
        app.router.add_get(words.BEGIN, self.begin, allow_head=False)
        app.router.add_get("/slack/oauth_redirect", self.come_back, allow_head=False)

    async def invite(self, request: web.Request) -> web.Response:
        """The page with the one button. Nothing is stored: previews of the link come here, too."""
        return _answer(words.invitation())

    async def begin(self, request: web.Request) -> web.Response:
        """Off to Slack's page, with a state for the address and a cookie for this browser."""
        asked = request.query.get("team", "")
        wanted = asked if _OWNER.fullmatch(asked) else ""
        db, browser, now = self._desk.db, _browser(request), self._desk.now()
        if not self._desk.vault.can_keep():
            return self._refuse(_keyless())
        try:
            ticket = await oauth_states.set_out(db, wanted_id=wanted, browser=browser, now=now)
        except (DatabaseAway, Conflict) as error:
            return self._not_stored(error)
        location = self._out(ticket, wanted)
        answer = web.Response(status=302, headers=_HEADERS | {"Location": location})
        answer.set_cookie(
            _COOKIE,
            ticket.browser,
            max_age=int(STATE_LIVES.total_seconds()),
            path="/slack",
            httponly=True,
            secure=self._app.is_https,
            # Slack's page leads back here by a link, which takes the cookie along; posts do not.
            samesite="Lax",
        )
        return answer

    async def come_back(self, request: web.Request) -> web.Response:
        """Back from Slack's page, with a code or without."""
        try:
            install = await self._finish(request.query, _browser(request))
        except _Refused as refused:
            return self._refuse(refused)
        except (DatabaseAway, Conflict) as error:
            return self._not_stored(error)
        self._desk.slacks.forget(install.workspace_id)
        _log.info("workspace.installed", workspace_id=install.workspace_id)
        missing = set(self._app.scopes) - install.scopes
        return _answer(words.installed(install, missing, open_url=self._open_url(install)))

    def _refuse(self, refused: _Refused) -> web.Response:
        self._desk.refusals.add("install", refused.reason)
        return _answer(refused.page, refused.status)

    async def _finish(self, query: Mapping[str, str], browser: str) -> Install:
        wanted = await self._returned(query, browser)
        if not self._desk.vault.can_keep():
            raise _keyless()
        code = query.get("code", "")
        if not _CODE.fullmatch(code):
            raise _Refused(words.refused("no_code"), "no_code")
        grant, owner = await self._redeem(code)
        self._check(grant, owner, wanted)
        async with self._desk.db.transaction(owner.workspace_id, name="install") as tx:
            return await installs.install(
                tx, grant, owner, vault=self._desk.vault, now=self._desk.now()
            )

    async def _returned(self, query: Mapping[str, str], browser: str) -> str:
        """Consume the state, also when Slack says no: it is good once, whatever for."""
        ticket = Ticket(query.get("state", ""), browser)
        outcome = await oauth_states.come_back(self._desk.db, ticket, now=self._desk.now())
        error = query.get("error", "")
        match outcome:
            case Stranger():
                raise _Refused(words.stranger(), "unknown_state")
            case Late():
                raise _Refused(words.late(), "expired_state")
            case Returned() if error == "access_denied":
                raise _Refused(words.denied(), "denied", status=200)
            case Returned() if error:
                raise _Refused(words.refused(error), "slack_refused")
            case Returned(wanted_id):
                return wanted_id

    async def _redeem(self, code: str) -> tuple[Grant, TokenOwner]:
        try:
            grant = await self._oauth.exchange(code, redirect_url=self._app.redirect_url)
            return grant, await self._oauth.owner(grant.bot_token)
        except Permanent as error:
            _log.warning("install.refused", reason=error.reason)
            raise _Refused(words.refused(error.reason), "slack_refused") from error
        except (Retryable, Unclear) as error:
            _log.warning("install.failed", error=str(error))
            raise _Refused(words.slack_away(), "slack_away", status=503) from error

    def _check(self, grant: Grant, owner: TokenOwner, wanted: str) -> None:
        """Keep no token of another app, or of another workspace than was meant."""
        if self._app.app_id and grant.app_id != self._app.app_id:
            raise _Refused(words.other_app(), "other_app")
        if not _OWNER.fullmatch(owner.workspace_id) or owner.workspace_id != grant.workspace_id:
            raise _Refused(words.other_workspace(), "other_workspace")
        if wanted and wanted not in (owner.workspace_id, owner.enterprise_id):
            raise _Refused(words.other_workspace(), "other_workspace")

    def _out(self, ticket: Ticket, wanted: str) -> str:
        query = {
            "client_id": self._app.client_id,
            "scope": ",".join(self._app.scopes),
            "user_scope": "",
            "redirect_uri": self._app.redirect_url,
            "state": ticket.state,
            **({"team": wanted} if wanted else {}),
        }
        return str(URL(self._app.authorize_url).with_query(query))

    def _open_url(self, install: Install) -> str | None:
        """Slack's address that opens an app; an organisation as a whole has none."""
        if is_org(install.workspace_id):
            return None
        query = {"app": install.app_id, "team": install.workspace_id}
        return str(URL(self._app.authorize_url).with_path("/app_redirect").with_query(query))

    def _not_stored(self, error: Exception) -> web.Response:
        self._desk.refusals.add("install", "not_stored")
        _log.warning("install.not_stored", error=type(error).__name__)
        return _answer(words.not_stored(), 503, {"Retry-After": "30"})


def _browser(request: web.Request) -> str:
    """What our cookie says, if it is one of ours."""
    cookie = request.cookies.get(_COOKIE, "")
    return cookie if _TOKEN.fullmatch(cookie) else ""


def _answer(
    page: Page, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(
        text=html(page),
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers=_HEADERS | dict(headers or {}),
    )
