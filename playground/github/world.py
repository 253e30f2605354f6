"""Everything there is on the make-believe GitHub, kept with the playground's state."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache
from typing import Any, Generic, Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from playground.github.histories import History
from playground.github.node_ids import number_of
from playground.github.records import (
    BOT,
    ORGANIZATION,
    USER,
    Account,
    App,
    Delivery,
    Installed,
    Plan,
    Repository,
    Team,
    Token,
)
from playground.pull_requests import PullRequest, from_document
from playground.records import Json
from playground.state import State


class _Kept(Protocol):
    @property
    def key(self) -> str: ...


_T = TypeVar("_T", bound=_Kept)
_HAND_MADE = "pull_request"


class Shelf(Generic[_T]):
    """Records of one kind by their keys; `put` keeps what was changed."""

    def __init__(self, state: State, kind: str, make: Callable[..., _T]) -> None:
        self._state, self._kind, self._make = state, f"github.{kind}", make
        self._items: dict[str, _T] = {}

    def load(self) -> None:
        """Take up what was kept on disk."""
        for (kind, key), body in self._state.documents.items():
            if kind == self._kind:
                self._items[key] = self._make(**body)

    def put(self, record: _T) -> _T:
        """Keep a record as it is now."""
        self._items[record.key] = record
        self._state.put_document(self._kind, record.key, asdict(record))  # type: ignore[call-overload]  # every record is a dataclass
        return record

    def drop(self, key: str) -> None:
        """Keep a record no longer."""
        if self._items.pop(key, None) is not None:
            self._state.drop_document(self._kind, key)

    def find(self, key: str) -> _T | None:
        """Return a record by its key."""
        return self._items.get(key)

    def __getitem__(self, key: str) -> _T:
        return self._items[key]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[_T]:
        return iter(list(self._items.values()))


class World:
    """Accounts, teams, repositories with their pull requests, Apps and what they were given."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.web_url = "https://github.com"
        self.accounts: Shelf[Account] = Shelf(state, "account", Account)
        self.teams: Shelf[Team] = Shelf(state, "team", Team)
        self.repositories: Shelf[Repository] = Shelf(state, "repository", Repository)
        self.apps: Shelf[App] = Shelf(state, "app", App)
        self.installations: Shelf[Installed] = Shelf(state, "installation", Installed)
        self.tokens: Shelf[Token] = Shelf(state, "token", Token)
        self.deliveries: Shelf[Delivery] = Shelf(state, "delivery", Delivery)
        self._histories: dict[str, History] = {}

    def load(self) -> None:
        """Take up what was kept on disk."""
        for shelf in (
            self.accounts,
            self.teams,
            self.repositories,
            self.apps,
            self.installations,
            self.tokens,
            self.deliveries,
        ):
            shelf.load()

    def now(self) -> str:
        """Return the time as GitHub writes it."""
        return self.state.clock.utc().strftime("%Y-%m-%dT%H:%M:%SZ")

    def add_person(self, login: str, *, name: str = "", email: str = "") -> Account:
        """Create a person's account, or return it."""
        there = self.accounts.find(login.lower())
        email = email or f"{login}@example.com"
        return there or self.accounts.put(Account(login, USER, name or login, email))

    def add_organisation(self, login: str, *members: str, name: str = "") -> Account:
        """Create an organisation; `members` are logins, the first is its owner."""
        roles = {one: "member" if place else "admin" for place, one in enumerate(members)}
        for member in members:
            self.add_person(member)
        return self.accounts.put(Account(login, ORGANIZATION, name or login, members=roles))

    def organisation(self, login: str) -> Account:
        """Return an organisation; raises LookupError."""
        found = self.accounts.find(login.lower())
        if found is None or found.kind != ORGANIZATION:
            raise LookupError(f"there is no organisation {login}")
        return found

    def add_team(self, organisation: str, name: str, *members: str, parent: str = "") -> Team:
        """Create a team; `parent` is a slug."""
        slug = "-".join(name.lower().split())
        number = number_of(f"{organisation}/teams/{slug}")
        roles = dict.fromkeys(members, "member")
        return self.teams.put(Team(organisation, slug, name, parent, roles, number))

    def add_repository(
        self, full_name: str, *, private: bool = True, plan: Plan | None = None, **facts: str
    ) -> Repository:
        """Create a repository (`owner/name`); with a plan it has a generated past."""
        owner, _, name = full_name.partition("/")
        return self.repositories.put(
            Repository(owner, name, private=private, plan=plan, **facts)  # type: ignore[arg-type]  # texts only
        )

    def add_app(self, name: str = "Hunch", *, private_key: str = "", **facts: Any) -> App:
        """Create an App with fresh secrets; `facts` are fields of `App`."""
        slug = str(facts.pop("slug", "-".join(name.lower().split())))
        app = App(
            id=number_of(f"apps/{slug}") % 10_000_000,
            slug=slug,
            name=name,
            client_id=f"Iv23li{secrets.token_hex(7)}",
            client_secret=secrets.token_hex(20),
            private_key=private_key or _a_key(),
            webhook_secret=secrets.token_hex(20),
            **facts,
        )
        self.accounts.put(Account(app.bot, BOT, name))
        return self.apps.put(app)

    def put_installation(
        self, app: App, account: str, repositories: list[str] | None = None
    ) -> Installed:
        """Put an App into an account without telling it; `repositories` are full names."""
        number = number_of(f"installations/{secrets.token_hex(4)}") % 100_000_000
        now = self.now()
        return self.installations.put(
            Installed(
                number,
                app.id,
                account,
                dict(app.permissions),
                list(app.events),
                None if repositories is None else [self.repository(r).origin for r in repositories],
                created_at=now,
                updated_at=now,
            )
        )

    def add_token(
        self,
        login: str,
        owner: str,
        *,
        repositories: list[str] | None = None,
        permissions: dict[str, str] | None = None,
        lasts_s: float = 90 * 86_400,
    ) -> Token:
        """Make a fine-grained token of a person for what `owner` has; it reads unless told.

        `repositories` are full names, None means all.
        """
        only = None if repositories is None else [self.repository(r).origin for r in repositories]
        given = {"metadata": "read", "pull_requests": "read", "contents": "read", "members": "read"}
        return self.tokens.put(
            Token(
                f"github_pat_{secrets.token_hex(11)}_{secrets.token_hex(29)}",
                login=login,
                owner=owner,
                permissions=permissions or given,
                repositories=only,
                expires_at=self.state.clock.now() + lasts_s,
            )
        )

    def find_repository(self, full_name: str) -> tuple[Repository | None, bool]:
        """Return who has this name, or had it last, and whether it has it now."""
        wanted = full_name.lower()
        there = [one for one in self.repositories if not one.deleted]
        for one in there:
            if one.full_name.lower() == wanted:
                return one, True
        former = (one for one in there if wanted in [name.lower() for name in one.former])
        return next(former, None), False

    def repository(self, full_name: str) -> Repository:
        """Return a repository by its name of now; raises LookupError."""
        found, current = self.find_repository(full_name)
        if found is None or not current:
            raise LookupError(f"there is no repository {full_name}")
        return found

    def repository_by_id(self, number: int) -> Repository | None:
        """Return a repository that is still there."""
        return next((r for r in self.repositories if r.id == number and not r.deleted), None)

    def history(self, repository: Repository) -> History | None:
        """Return a repository's generated past, the same object every time."""
        if repository.plan is None:
            return None
        if repository.origin not in self._histories:
            self._histories[repository.origin] = History(repository.origin, repository.plan)
        return self._histories[repository.origin]

    def hand_made(self, repository: Repository) -> dict[int, PullRequest]:
        """Return by number the pull requests that somebody made or changed by hand."""
        documents = self._documents(repository)
        return {pr.number: pr for *_, body in documents for pr in [from_document(body)]}

    def _documents(self, repository: Repository) -> list[tuple[str, str, Json]]:
        start = f"{repository.full_name}#"
        return [
            (kind, key, body)
            for (kind, key), body in self.state.documents.items()
            if kind.partition(":")[0] == _HAND_MADE and key.startswith(start)
        ]

    def move(self, repository: Repository, owner: str, name: str) -> None:
        """Give a repository another full name, and its pull requests with it."""
        made = self._documents(repository)
        repository.former.append(repository.full_name)
        repository.owner, repository.name = owner, name
        self.repositories.put(repository)
        for kind, key, body in made:
            self.state.drop_document(kind, key)
            now = {**body, "repository": repository.full_name, "origin": repository.origin}
            self.state.put_document(kind, f"{repository.full_name}#{body['number']}", now)

    def move_account(self, old: str, new: str) -> None:
        """Give everything that an organisation had to its new name."""
        for repository in self.repositories:
            if repository.owner == old:
                self.move(repository, new, repository.name)
        for one in self.installations:
            if one.account == old:
                one.account = new
                self.installations.put(one)
        for team in self.teams:
            if team.organisation == old:
                self.teams.drop(team.key)
                team.organisation = new
                self.teams.put(team)
        for token in self.tokens:
            if token.owner == old:
                token.owner = new
                self.tokens.put(token)

    def bots(self, app_id: int) -> App | None:
        """Return an App by its id."""
        return self.apps.find(str(app_id))

    def coverage(self, repository: Repository, app: App) -> Installed | None:
        """Return the App's installation that shows it this repository."""
        for one in self.installations:
            if one.app_id == app.id and not one.removed and one.covers(repository):
                return one
        return None


@cache
def _a_key() -> str:
    """A private key; one a process will do, they take long to make."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()
