"""Leads people to GitHub's pages and back: to install our App, or to show which account is theirs.

Both ways are alike: a link in Slack, a page of ours that says for whom it is, GitHub's page, and
back here with a code. A state, good once, in one browser, for ten minutes, holds them together.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from aiohttp import web

from bot import log
from bot.domain.installs import STATE_LIVES
from bot.errors import Conflict, DatabaseAway, HunchError, Permanent, Retryable, UserError
from bot.ports.github import GitHubPages
from bot.use_cases import connections, games, homes, links, members, oauth_states
from bot.use_cases.connections import Installed
from bot.use_cases.installs import find
from bot.use_cases.oauth_states import Errand, Late, OnErrand, Purpose, Stranger, Ticket
from bot.views import githubs as words
from bot.views.pages import POLICY, Page, html
from handlers.desk import Desk

_log = log.get("handlers.github")
_COOKIE = "hunch_github"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_CODE = re.compile(r"[A-Za-z0-9._-]{1,512}")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_NOT_THEIRS = frozenset({"not_theirs", "not_owner"})
_Answer = Callable[[web.Request], Awaitable[web.Response]]


class _Refused(HunchError):
    """The way ends here, with this page; `reason` is a closed word for the tally."""

    def __init__(self, page: Page, reason: str, *, status: int = 400) -> None:
        super().__init__(reason)
        self.page = page
        self.reason = reason
        self.status = status


class GitHubPagesDoor:
    """`GET /github/install`, `/github/installed`, `/github/link` and `/github/linked`.

    `public_url` is where browsers reach us, without a slash at the end.
    """

    def __init__(self, desk: Desk, pages: GitHubPages, *, public_url: str) -> None:
        self._desk = desk
        self._pages = pages
        self._installed = f"{public_url}{words.INSTALLED}"
        self._linked = f"{public_url}{words.LINKED}"
        self._is_https = public_url.startswith("https:")

    def add_routes(self, app: web.Application) -> None:
        for path, answer in (
            (words.INSTALL, partial(self._ask, Purpose.GITHUB_APP)),
            (words.INSTALL_BEGIN, partial(self._begin, Purpose.GITHUB_APP)),
            (words.INSTALLED, self._finish_install),
            (words.LINK, partial(self._ask, Purpose.GITHUB_LINK)),
            (words.LINK_BEGIN, partial(self._begin, Purpose.GITHUB_LINK)),
            (words.LINKED, self._finish_link),
        ):
            # Whoever only asks for the head, as previews of links do, shall not use anything up.
            app.router.add_get(path, self._answering(answer), allow_head=False)

    def _answering(self, answer: _Answer) -> _Answer:
        async def answering(request: web.Request) -> web.Response:
            try:
                return await answer(request)
            except _Refused as refused:
                self._desk.refusals.add("github_pages", refused.reason)
                return _page(refused.page, refused.status)
            except (DatabaseAway, Conflict) as error:
                _log.warning("github.not_stored", error=type(error).__name__)
                self._desk.refusals.add("github_pages", "not_stored")
                return _page(words.not_stored(), 503, {"Retry-After": "30"})

        return answering

    async def _ask(self, purpose: Purpose, request: web.Request) -> web.Response:
        """Our page before GitHub's, because a link may have been sent to somebody else."""
        state = _state(request, "ticket")
        db, now = self._desk.db, self._desk.now()
        errand = _on_errand(await oauth_states.look(db, state, purpose, now=now))
        workspace = await find(db, errand.workspace_id)
        async with db.transaction(errand.workspace_id, name="read_member") as tx:
            with _saying():
                person = await members.require_member(tx, errand.slack_user_id)
        install = purpose is Purpose.GITHUB_APP
        begin = words.INSTALL_BEGIN if install else words.LINK_BEGIN
        page = words.before_install if install else words.before_link
        name = workspace.name if workspace is not None else ""
        return _page(page(person.name, name, f"{begin}?ticket={state}"))

    async def _begin(self, purpose: Purpose, request: web.Request) -> web.Response:
        """Off to GitHub's page, with a new state for the address and a cookie for this browser."""
        came_by = Ticket(_state(request, "ticket"), "")
        db, browser, now = self._desk.db, _browser(request), self._desk.now()
        found = await oauth_states.go_to_github(db, came_by, purpose, browser=browser, now=now)
        match found:
            case Ticket():
                with _translating():
                    return self._leave(await self._out(found, purpose), found)
            case _:
                raise _lost(found)

    async def _out(self, ticket: Ticket, purpose: Purpose) -> str:
        if purpose is Purpose.GITHUB_APP:
            return await self._pages.install_url(ticket.state)
        return self._pages.authorize_url(ticket.state, redirect_url=self._linked)

    def _leave(self, location: str, ticket: Ticket) -> web.Response:
        answer = web.Response(status=302, headers=_HEADERS | {"Location": location})
        answer.set_cookie(
            _COOKIE,
            ticket.browser,
            max_age=int(STATE_LIVES.total_seconds()),
            path="/github",
            httponly=True,
            secure=self._is_https,
            # GitHub's page leads back here by a link, which takes the cookie along; posts do not.
            samesite="Lax",
        )
        return answer

    async def _finish_link(self, request: web.Request) -> web.Response:
        """Back with a code: whose account is it?"""
        errand, _ = await self._returned(request, Purpose.GITHUB_LINK)
        with _translating():
            person = await self._pages.who(_code(request.query), redirect_url=self._linked)
        db, now = self._desk.db, self._desk.now()
        async with db.transaction(errand.workspace_id, name="link_proven") as tx:
            with _saying():
                login = await links.link_proven(tx, errand.slack_user_id, person, now=now)
            await homes.show_home(tx, errand.slack_user_id, vault=self._desk.vault, now=now)
        _log.info("member.proven", workspace_id=errand.workspace_id)
        return _page(words.linked(login))

    async def _finish_install(self, request: web.Request) -> web.Response:
        """Back from installing: with a code and the installation's number, or with one of both."""
        errand, ticket = await self._returned(request, Purpose.GITHUB_APP)
        number = request.query.get("installation_id", "")
        named = int(number) if _NUMBER.fullmatch(number) else errand.installation_id
        if named is None:
            raise _Refused(words.requested(), "requested", status=200)
        if "code" not in request.query:
            return await self._sign_in(ticket, errand, named)
        with _translating():
            _, finding = await self._pages.installed_by(
                _code(request.query), named, redirect_url=self._installed
            )
        installed = Installed(named, finding)
        await self._connect(errand, installed)
        return _page(words.connected(finding.account, finding.missing))

    async def _sign_in(self, ticket: Ticket, errand: Errand, installation_id: int) -> web.Response:
        """The App asks nobody to sign in while installing: then now, with the same errand."""
        errand = Errand(errand.workspace_id, errand.slack_user_id, installation_id)
        following = await oauth_states.go_on(
            self._desk.db, ticket, errand, Purpose.GITHUB_APP, now=self._desk.now()
        )
        location = self._pages.authorize_url(following.state, redirect_url=self._installed)
        return self._leave(location, following)

    async def _connect(self, errand: Errand, installed: Installed) -> None:
        desk, now = self._desk, self._desk.now()
        async with desk.db.transaction(errand.workspace_id, name="connect_github") as tx:
            with _saying():
                admin = await games.require_admin(tx, errand.slack_user_id)
                await connections.connect_app(
                    tx, installed, actor=str(admin.member_id), vault=desk.vault, now=now
                )
            await homes.show_home(tx, errand.slack_user_id, vault=desk.vault, now=now)
        _log.info("github.connected", workspace_id=errand.workspace_id)

    async def _returned(self, request: web.Request, purpose: Purpose) -> tuple[Errand, Ticket]:
        """Consume the state, also when GitHub says no: it is good once, whatever for."""
        ticket = Ticket(_state(request, "state"), _browser(request))
        found = await oauth_states.back_from_github(
            self._desk.db, ticket, purpose, now=self._desk.now()
        )
        errand = _on_errand(found)
        error = request.query.get("error", "")
        if error == "access_denied":
            raise _Refused(words.denied(), "denied", status=200)
        if error:
            raise _Refused(words.refused(error), "github_refused")
        return errand, ticket


def _on_errand(found: OnErrand | Late | Stranger) -> Errand:
    if isinstance(found, OnErrand):
        return found.errand
    raise _lost(found)


def _lost(found: Late | Stranger) -> _Refused:
    if isinstance(found, Late):
        return _Refused(words.late(), "expired_state")
    return _Refused(words.stranger(), "unknown_state")


@contextmanager
def _translating() -> Iterator[None]:
    """What GitHub refuses becomes a page."""
    try:
        yield
    except Permanent as error:
        _log.warning("github.refused", reason=error.reason)
        if error.reason in _NOT_THEIRS:
            raise _Refused(words.not_yours(error.reason), error.reason, status=403) from error
        raise _Refused(words.refused(error.reason), "github_refused") from error
    except Retryable as error:
        _log.warning("github.failed", error=str(error))
        raise _Refused(words.away(), "github_away", status=503) from error


@contextmanager
def _saying() -> Iterator[None]:
    """What cannot be done becomes a page that says why."""
    try:
        yield
    except UserError as error:
        raise _Refused(words.said(str(error)), "not_possible") from error


def _state(request: web.Request, name: str) -> str:
    given = request.query.get(name, "")
    if not _TOKEN.fullmatch(given):
        raise _Refused(words.stranger(), "unknown_state")
    return given


def _code(query: Mapping[str, str]) -> str:
    code = query.get("code", "")
    if not _CODE.fullmatch(code):
        raise _Refused(words.refused("no_code"), "no_code")
    return code


def _browser(request: web.Request) -> str:
    """What our cookie says, if it is one of ours."""
    cookie = request.cookies.get(_COOKIE, "")
    return cookie if _TOKEN.fullmatch(cookie) else ""


def _page(page: Page, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        text=html(page),
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers=_HEADERS | dict(headers or {}),
    )
