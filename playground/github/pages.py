"""GitHub's pages for people: install an App, let it know who one is. Plain HTML, no script."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, Template

from playground.github.administration import Administration
from playground.github.records import ORGANIZATION, USER, Account, App, Installed, Repository
from playground.github.sign_in import Refusal, SignIn, allows
from playground.github.world import World

_TEMPLATES = Path(__file__).parent / "templates"
_WISHES = {
    "contents": "Hear of pushes, and read code",
    "members": "See who is in the organisation and its teams",
    "metadata": "See the names of repositories",
    "pull_requests": "Read pull requests with their commits and reviews",
}


def templates() -> Environment:
    """The pages' templates."""
    return Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True)


def page(
    template: Template, *, status: int = 200, leads_to: str = "", **context: object
) -> web.Response:
    """A page; its forms may lead back to `leads_to` as well."""
    nonce = secrets.token_urlsafe(12)
    parts = urlsplit(leads_to)
    back = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return web.Response(
        status=status,
        text=template.render(nonce=nonce, **context),
        content_type="text/html",
        headers={
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'{back}; "
                "base-uri 'none'; frame-ancestors 'none'"
            ),
            "Cache-Control": "no-store",
            # With "no-referrer" browsers would not say where the form comes from.
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


def go(url: str, **query: object) -> web.Response:
    """Send the browser elsewhere; what is empty is left out of the query."""
    told = {key: str(value) for key, value in query.items() if value not in (None, "")}
    sign = "&" if urlsplit(url).query else "?"
    location = f"{url}{sign}{urlencode(told)}" if told else url
    return web.Response(status=302, headers={"Location": location})


class Pages:
    """Serves the pages of Apps and signing in."""

    def __init__(self, world: World, owners: Administration, sign_in: SignIn) -> None:
        self._world = world
        self._owners = owners
        self._sign_in = sign_in
        found = templates()
        self._app = found.get_template("app.html")
        self._install = found.get_template("install.html")
        self._authorize = found.get_template("authorize.html")
        self._lost = found.get_template("lost.html")

    def add_to(self, router: web.UrlDispatcher, prefix: str) -> None:
        """Add the routes."""
        router.add_get(f"{prefix}apps/{{slug}}", self._show_app)
        router.add_get(f"{prefix}apps/{{slug}}/installations/new", self._show_install)
        router.add_post(f"{prefix}apps/{{slug}}/installations", self._do_install)
        router.add_get(f"{prefix}login/oauth/authorize", self._show_authorize)
        router.add_post(f"{prefix}login/oauth/authorize", self._do_authorize)
        router.add_post(f"{prefix}login/oauth/access_token", self._exchange)

    def _find(self, request: web.Request) -> App | None:
        slug = request.match_info["slug"]
        return next((app for app in self._world.apps if app.slug == slug), None)

    def _nothing(self, why: str) -> web.Response:
        return page(self._lost, status=404, why=why)

    async def _show_app(self, request: web.Request) -> web.Response:
        app = self._find(request)
        if app is None:
            return self._nothing("There is no such App.")
        return page(self._app, app=app, wishes=_wishes(app))

    async def _show_install(self, request: web.Request) -> web.Response:
        """Which account; once that is known, which repositories."""
        app, accounts = self._find(request), self._accounts()
        if app is None or not accounts:
            return self._nothing("There is no such App, or no organisation to install it in.")
        wanted = request.query.get("account") or (accounts[0].login if len(accounts) == 1 else "")
        account = self._world.accounts.find(wanted.lower()) if wanted else None
        there = self._there(app, account.login) if account else None
        return page(
            self._install,
            leads_to=_back_to(app),
            app=app,
            accounts=accounts,
            account=account,
            there=there,
            people=self._people(account),
            repositories=self._repositories(account),
            wishes=_wishes(app),
            state=request.query.get("state", ""),
        )

    def _accounts(self) -> list[Account]:
        return [one for one in self._world.accounts if one.kind == ORGANIZATION]

    def _repositories(self, account: Account | None) -> list[Repository]:
        there = [one for one in self._world.repositories if not one.deleted]
        return [one for one in there if account is not None and one.owner == account.login]

    def _there(self, app: App, login: str) -> Installed | None:
        mine = (one for one in self._world.installations if one.app_id == app.id)
        return next((one for one in mine if one.account == login and not one.removed), None)

    def _people(self, account: Account | None) -> list[tuple[Account, str]]:
        """Who could be sitting here, with their part in the organisation; owners first."""
        roles = dict(account.members) if account else {}
        if not roles:
            roles = {one.login: "" for one in self._world.accounts if one.kind == USER}
        people = [(self._world.accounts.find(login.lower()), role) for login, role in roles.items()]
        there = [(one, role) for one, role in people if one is not None]
        return sorted(there, key=lambda it: it[1] != "admin")

    async def _do_install(self, request: web.Request) -> web.Response:
        app, form = self._find(request), await request.post()
        account = self._world.accounts.find(str(form.get("account", "")).lower())
        if app is None or account is None:
            return self._nothing("Choose an organisation from the list.")
        if form.get("decision") != "install":
            return go(f"{self._world.web_url}/apps/{app.slug}")
        who, state = str(form.get("who", "")), str(form.get("state", ""))
        names = [str(name) for name in form.getall("repository", [])]
        only = names if form.get("which") == "selected" else None
        if only is not None and not only:
            return self._nothing("Choose at least one repository, or all of them. Go back once.")
        if account.members.get(who, "admin") != "admin":
            return go(_back_to(app), setup_action="request", state=state, code=self._code(app, who))
        there = self._there(app, account.login)
        action = "update" if there else "install"
        if there:
            await self._owners.choose(there, only, by=who)
        else:
            there = await self._owners.install(app, account.login, only, by=who)
        code = self._code(app, who)
        numbers = {"installation_id": there.id, "setup_action": action}
        return go(_back_to(app), code=code, state=state, **numbers)

    def _code(self, app: App, who: str) -> str:
        return self._sign_in.code(app, who, app.callback_urls[0]) if app.asks_who else ""

    async def _show_authorize(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        app = self._by_client(query)
        if app is None or not app.callback_urls:
            return self._nothing("No App has this client_id, or the App has no callback address.")
        back = query.get("redirect_uri") or app.callback_urls[0]
        if not allows(app, back):
            return go(
                app.callback_urls[0],
                error="redirect_uri_mismatch",
                error_description="The redirect_uri is not associated with this application.",
                state=query.get("state", ""),
            )
        people = [one for one, _ in self._people(None)]
        asked = urlencode({**query, "redirect_uri": back})
        return page(
            self._authorize,
            leads_to=back,
            app=app,
            people=people,
            asked=asked,
            likely=query.get("login", ""),
        )

    def _by_client(self, query: dict[str, str]) -> App | None:
        wanted = query.get("client_id", "")
        return next((app for app in self._world.apps if app.client_id == wanted), None)

    async def _do_authorize(self, request: web.Request) -> web.Response:
        form = await request.post()
        query = dict(parse_qsl(str(form.get("asked", ""))))
        app, back = self._by_client(query), query.get("redirect_uri", "")
        who = self._world.accounts.find(str(form.get("who", "")).lower())
        if app is None or not allows(app, back) or who is None:
            return self._nothing("This page was open for too long. Begin again.")
        state = query.get("state", "")
        if form.get("decision") != "authorize":
            text = "The user has denied your application access."
            return go(back, error="access_denied", error_description=text, state=state)
        code = self._sign_in.code(app, who.login, back, query.get("code_challenge", ""))
        return go(back, code=code, state=state)

    async def _exchange(self, request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            asked = json.loads(await request.read() or b"{}")
        else:
            asked = {key: str(value) for key, value in (await request.post()).items()}
        asked = {**request.query, **asked}
        try:
            said = self._sign_in.exchange(asked)
        except Refusal as refusal:
            said = refusal.as_json()
        if "json" in request.headers.get("Accept", ""):
            return web.json_response(said)
        form = "application/x-www-form-urlencoded"
        return web.Response(text=urlencode(said), content_type=form)


def _back_to(app: App) -> str:
    """Where somebody goes who has installed an App."""
    return app.callback_urls[0] if app.asks_who and app.callback_urls else app.setup_url


def _wishes(app: App) -> list[str]:
    return [_WISHES.get(one, one) for one in app.permissions]
