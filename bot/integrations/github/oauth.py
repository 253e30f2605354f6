"""GitHub's pages that people are sent to, and what they come back with: who they are, no more.

A person's own token is read from once, at the moment they come back, and kept nowhere.
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import aiohttp
from pydantic import BaseModel, ConfigDict
from yarl import URL

from bot.domain.connections import Finding
from bot.domain.ids import GithubLogin
from bot.errors import Permanent, Retryable
from bot.integrations.github.addresses import addresses_of
from bot.integrations.github.calls import REQUEST_TIMEOUT_S, github_call
from bot.integrations.github.client import GitHubClient, GivenToken
from bot.integrations.github.credentials import look_at_installation
from bot.integrations.github.limits import Limits
from bot.ports.github import GitHub, Person
from bot.watch import Watch

_AUTHORIZE = "/login/oauth/authorize"
_EXCHANGE = "/login/oauth/access_token"
# GitHub's words for what only whoever runs Hunch can mend; others mean: begin anew.
_OURS = frozenset(
    {"incorrect_client_credentials", "redirect_uri_mismatch", "application_suspended"}
)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Account(_Answer):
    login: str
    id: int


class _Page(_Answer):
    html_url: str


class _Role(_Answer):
    role: str = ""
    state: str = ""


class GitHubPagesOfApp:
    """See `bot.ports.github.GitHubPages`."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        app: GitHubClient | None,
        as_installation: Callable[[int], GitHub],
        api_url: str,
        session: aiohttp.ClientSession,
        now: Callable[[], datetime],
        watch: Watch | None = None,
    ) -> None:
        self._id = client_id
        self._secret = client_secret
        self._app = app
        self._as_installation = as_installation
        self._api_url = api_url
        self._web = addresses_of(api_url).web
        self._session = session
        self._now = now
        self._watch = watch
        self._page = ""

    async def install_url(self, state: str) -> str:
        if self._app is None:
            raise Permanent("no_app")
        if not self._page:
            self._page = _Page.model_validate(await self._app.get("app")).html_url
        return str(URL(f"{self._page}/installations/new").with_query(state=state))

    def authorize_url(self, state: str, *, redirect_url: str) -> str:
        query = {"client_id": self._id, "redirect_uri": redirect_url, "state": state}
        return str(URL(f"{self._web}{_AUTHORIZE}").with_query(query))

    async def who(self, code: str, *, redirect_url: str) -> Person:
        return await self._who(await self._as_person(code, redirect_url))

    async def installed_by(
        self, code: str, installation_id: int, *, redirect_url: str
    ) -> tuple[Person, Finding]:
        if self._app is None:
            raise Permanent("no_app")
        theirs = await self._as_person(code, redirect_url)
        person = await self._who(theirs)
        seen = await theirs.pages("user/installations", key="installations")
        if installation_id not in {one.get("id") for one in seen}:
            raise Permanent("not_theirs")
        finding = await look_at_installation(self._app, installation_id)
        if not await self._owns(person, finding, installation_id):
            raise Permanent("not_owner")
        return person, finding

    async def _owns(self, person: Person, finding: Finding, installation_id: int) -> bool:
        """Who merely sees an organisation's code may not open all of it to a workspace."""
        if finding.account_id == person.account_id:
            return True
        github = self._as_installation(installation_id)
        path = f"orgs/{finding.account}/memberships/{person.login}"
        try:
            found = _Role.model_validate(await github.get(path))
        except Permanent:
            return False
        return (found.role, found.state) == ("admin", "active")

    async def _who(self, theirs: GitHubClient) -> Person:
        found = _Account.model_validate(await theirs.get("user"))
        return Person(GithubLogin(found.login.lower()), found.id)

    async def _as_person(self, code: str, redirect_url: str) -> GitHubClient:
        token = await self._exchange(code, redirect_url)
        return GitHubClient(
            GivenToken(token),
            api_url=self._api_url,
            session=self._session,
            now=self._now,
            watch=self._watch,
        )

    async def _exchange(self, code: str, redirect_url: str) -> str:
        """The person's token; GitHub answers 200 also where it gives none."""
        asked = {
            "client_id": self._id,
            "client_secret": self._secret,
            "code": code,
            "redirect_uri": redirect_url,
        }
        with github_call("oauth", Limits(self._now), self._watch):
            answer = await self._post(asked)
            token = answer.get("access_token")
            if isinstance(token, str) and token:
                return token
            reason = str(answer.get("error", "no_token"))
            raise Permanent(reason if reason in _OURS else "bad_code")

    async def _post(self, asked: Mapping[str, str]) -> Mapping[str, Any]:
        timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
        headers = {"accept": "application/json"}
        async with self._session.post(
            f"{self._web}{_EXCHANGE}", data=asked, headers=headers, timeout=timeout
        ) as answer:
            if answer.status >= 500 or answer.status == 429:
                raise Retryable(f"HTTP {answer.status}")
            found = await answer.json()
            return found if isinstance(found, dict) else {}
