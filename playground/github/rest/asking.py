"""One request to the REST API: who asks for what, and how lists are cut into pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from yarl import URL

from playground.github.identities import Caller
from playground.github.records import Account, App, Installed, Repository
from playground.github.refusals import Refused, not_found
from playground.github.world import World

_PER_PAGE, _MOST = 30, 100


@dataclass(slots=True)
class Ask:
    """A request; `headers` go onto its answer."""

    world: World
    caller: Caller
    request: web.Request
    root: str
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def word(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]

    def number(self, name: str) -> int:
        """A number of the path; raises Refused (404)."""
        word = self.word(name)
        if not word.isdecimal():
            raise not_found()
        return int(word)

    @property
    def app(self) -> App:
        """The App that signed the request; raises Refused."""
        if self.caller.app is None or self.caller.token is not None:
            raise Refused(401, "A JSON web token could not be decoded")
        return self.caller.app

    @property
    def installation(self) -> Installed:
        """The installation whose token this is; raises Refused."""
        if self.caller.installation is None:
            raise Refused(
                403,
                "You must authenticate with an installation access token in order to list "
                "repositories for an installation.",
            )
        return self.caller.installation

    def person(self) -> str:
        """The login of the person whose token this is; raises Refused."""
        self.signed_in()
        if not self.caller.is_person:
            raise Refused(403, "Resource not accessible by integration")
        return self.caller.login

    def signed_in(self) -> None:
        """Raises Refused for what only the App's own key opens."""
        if self.caller.token is None:
            raise Refused(401, "Bad credentials")

    def organisation(self) -> Account:
        """The organisation of the path; raises Refused (404)."""
        self.signed_in()
        found = self.world.accounts.find(self.word("org").lower())
        if found is None or found.kind != "Organization":
            raise not_found()
        return found

    def repository(self, full_name: str) -> Repository:
        """A repository; raises Refused: 404, or 301 where it is called something else now."""
        self.signed_in()
        found, current = self.world.find_repository(full_name)
        if found is None or not self.caller.sees(found):
            raise not_found()
        if not current:
            url = f"{self.root}repositories/{found.id}"
            raise Refused(301, "Moved Permanently", headers={"Location": url}, url=url)
        return found

    def page(self, items: Sequence[Any], show: Callable[[Any], Any]) -> list[Any]:
        """The page of a list that was asked for; a Link header says where the others are."""
        size = min(_MOST, max(1, self._whole("per_page", _PER_PAGE)))
        number = max(1, self._whole("page", 1))
        last = max(1, -(-len(items) // size))
        links = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        wanted = {
            rel: page
            for rel, page in links.items()
            if (rel in ("prev", "first") and number > 1)
            or (rel in ("next", "last") and number < last)
        }
        if wanted:
            self.headers["Link"] = ", ".join(
                f'<{self._here(page=page)}>; rel="{rel}"' for rel, page in wanted.items()
            )
        return [show(one) for one in items[(number - 1) * size : number * size]]

    def _here(self, **changed: int) -> str:
        """This address with another query."""
        path = self.request.path.partition("/api/v3/")[2]
        query = {**self.request.query, **{key: str(value) for key, value in changed.items()}}
        return str(URL(f"{self.root}{path}").with_query(query))

    def next_by(self, **cursor: int) -> None:
        """Say that a list goes on from a cursor."""
        self.headers["Link"] = f'<{self._here(**cursor)}>; rel="next"'

    def _whole(self, name: str, default: int) -> int:
        word = self.request.query.get(name, "")
        return int(word) if word.isdecimal() else default

    def per_page(self) -> int:
        """How many of a list are wanted."""
        return min(_MOST, max(1, self._whole("per_page", _PER_PAGE)))
