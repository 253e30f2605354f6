"""`/oauth/v2/authorize`: where a person looks at what an app wants, and allows it or not.

Plain HTML that needs no JavaScript. The form carries a ticket of one use, and the guards let
only this page's own address post it, so that no other site can say yes in somebody's place.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, Template

from playground.calls import CallLog, Logged
from playground.oauth import Asked, OAuth, Refused
from playground.records import App, Enterprise, Json, User, Workspace
from playground.scopes import BOT_SCOPES, USER_SCOPES
from playground.state import State

_TEMPLATES = Path(__file__).parent / "page" / "templates"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an app can go, and who lets it in."""

    owner: Workspace | Enterprise
    user: User

    @property
    def whole_organisation(self) -> bool:
        """Whether this is an organisation with all its workspaces."""
        return isinstance(self.owner, Enterprise)


def places(state: State, app: App) -> list[Place]:
    """Return everywhere the app can be installed: workspaces first, then organisations."""
    found: list[Place] = []
    for workspace in state.workspaces.values():
        user = _who_allows(state, workspace.id)
        if user is not None:
            found.append(Place(workspace, user))
    if not app.org_deploy:
        return found
    return found + [
        Place(org, user) for org in state.enterprises.values() if (user := _owner_of(state, org))
    ]


def _who_allows(state: State, team_id: str) -> User | None:
    people = [one for one in state.people(team_id) if not one.is_bot and not one.deleted]
    return next((one for one in people if one.is_admin), next(iter(people), None))


def _owner_of(state: State, org: Enterprise) -> User | None:
    teams = [one.id for one in state.workspaces.values() if one.enterprise_id == org.id]
    return next((user for team in teams if (user := _who_allows(state, team))), None)


def _likely(state: State, asked: Asked, found: list[Place]) -> Place:
    """Return the place that was asked for, else the first one where the app is not yet."""
    for place in found:
        if place.owner.id == asked.team:
            return place
    there = {
        owner_id
        for owners in (state.installations, state.org_installations)
        for (owner_id, app_id), one in owners.items()
        if app_id == asked.app.id and one.active
    }
    return next((place for place in found if place.owner.id not in there), found[0])


def decide(state: State, oauth: OAuth, asked: Asked, owner_id: str | None) -> str:
    """Let the app into a workspace or organisation, or (None) nowhere; returns where to go back to.

    Raises Refused for a place that it cannot go to.
    """
    back = {"state": asked.state} if asked.state else {}
    if owner_id is None:
        return _with_query(asked.redirect_uri, {"error": "access_denied", **back})
    for place in places(state, asked.app):
        if place.owner.id == owner_id:
            code = oauth.allow(asked, owner_id, place.user)
            return _with_query(asked.redirect_uri, {"code": code, **back})
    raise Refused("invalid_team", "Choose a workspace from the list.")


class OAuthPage:
    """Serves the authorize page."""

    def __init__(self, state: State, oauth: OAuth, log: CallLog) -> None:
        self._state = state
        self._log = log
        self._oauth = oauth
        self._template: Template = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True
        ).get_template("authorize.html")

    def add_to(self, application: web.Application) -> None:
        """Add the routes."""
        application.router.add_get("/oauth/v2/authorize", self._show)
        application.router.add_post("/oauth/v2/authorize", self._answer)

    def _note(self, args: Json, status: int, **answer: object) -> None:
        at = self._state.clock.now()
        team = str(args.get("place") or args.get("team") or "")
        self._log.add(Logged("oauth/v2/authorize", team, args, status, answer, at))

    async def _show(self, request: web.Request) -> web.Response:
        try:
            ticket, asked = self._oauth.ask(dict(request.query))
            found = places(self._state, asked.app)
            if not found:
                raise Refused("no_team", "There is no workspace to install the app in yet.")
        except Refused as refusal:
            return self._refuse(dict(request.query), refusal)
        self._note(dict(request.query), 200, ok=True)
        return self._page(
            redirects_to=asked.redirect_uri,
            app=asked.app,
            ticket=ticket,
            places=found,
            chosen=_likely(self._state, asked, found).owner.id,
            wishes=[BOT_SCOPES[scope] for scope in asked.scopes],
            personal=[USER_SCOPES[scope] for scope in asked.user_scopes],
        )

    async def _answer(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        try:
            asked = self._oauth.take(form.pop("ticket", ""))
            said_yes, place = form.get("decision") == "allow", form.get("place", "")
            back = decide(self._state, self._oauth, asked, place if said_yes else None)
        except Refused as refusal:
            return self._refuse(form, refusal)
        self._note(form, 302, ok=True, allowed=said_yes)
        return web.Response(status=302, headers={"Location": back})

    def _refuse(self, args: Json, refusal: Refused) -> web.Response:
        self._note(args, 400, ok=False, error=refusal.code)
        return self._page(status=400, problem=str(refusal), code=refusal.code)

    def _page(
        self, *, status: int = 200, redirects_to: str = "", **context: object
    ) -> web.Response:
        nonce = secrets.token_urlsafe(12)
        return web.Response(
            status=status,
            text=self._template.render(nonce=nonce, **context),
            content_type="text/html",
            headers={
                "Content-Security-Policy": _policy(nonce, redirects_to),
                "Cache-Control": "no-store",
                # With "no-referrer" browsers would not say where the form comes from.
                "Referrer-Policy": "same-origin",
                "X-Content-Type-Options": "nosniff",
            },
        )


def _policy(nonce: str, redirects_to: str) -> str:
    """Forms may lead back to the app, too: browsers count redirects as part of the form."""
    parts = urlsplit(redirects_to)
    app = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'{app}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _with_query(url: str, query: dict[str, str]) -> str:
    separator = "&" if urlsplit(url).query else "?"
    return f"{url}{separator}{urlencode(query)}"
