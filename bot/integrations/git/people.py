"""Who the people of a clone are: git knows names and addresses, not accounts.

GitHub's no-reply addresses tell an account; everybody else gets a number made of the name, so that
the same person is the same again in the next import. Numbers made up here are negative: GitHub's
are not. Addresses are not kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from bot.domain.attributions import account_of_address, is_agent
from bot.domain.ids import GithubLogin
from bot.domain.pull_requests import Actor, ActorKind
from bot.integrations.git.commits import Person

_LISTED = re.compile(r"\s*\d+\t(?P<name>.*) <(?P<email>[^>]*)>")
_BOT = "[bot]"
_FULL_NAME_WORDS = 2


class People:
    """Everybody in a clone's history, by what `git shortlog -sne` lists."""

    def __init__(self, listed: Iterable[str]) -> None:
        self._accounts: dict[str, Actor] = {}
        self._listed: list[Person] = []
        for line in listed:
            if found := _LISTED.fullmatch(line):
                self._list(Person(found["name"], found["email"].lower()))

    def _list(self, person: Person) -> None:
        self._listed.append(person)
        account = _account_of(person.email)
        if account is not None and _is_full(person.name):
            self._accounts.setdefault(_key(person.name), account)

    def busiest(self, most: int) -> list[tuple[str, GithubLogin]]:
        """Names and logins of those people who made the most commits, each once; no bots."""
        found: dict[GithubLogin, str] = {}
        for person in self._listed:
            actor = self.actor(person)
            if actor.kind is ActorKind.USER and not is_agent(actor) and len(found) < most:
                found.setdefault(actor.login, person.name)
        return [(name, login) for login, name in found.items()]

    def actor(self, person: Person) -> Actor:
        """The account of whoever a commit names, or one made up for them."""
        known = _account_of(person.email) or self._accounts.get(_key(person.name))
        return known or _made_up(person)


def _account_of(email: str) -> Actor | None:
    """The account behind one of GitHub's no-reply addresses; old ones get a made up number."""
    found = account_of_address(email)
    if found is None:
        return None
    login, number = found[0].lower(), found[1]
    told = number if number is not None else made_up_id(f"login:{login}")
    return Actor(GithubLogin(login), told, _kind(login))


def _made_up(person: Person) -> Actor:
    name = _key(person.name)
    login = re.sub(r"[^\w\[\]]+", "-", name).strip("-") or "somebody"
    told = f"name:{name}" if _is_full(name) or name.endswith(_BOT) else f"email:{person.email}"
    return Actor(GithubLogin(login), made_up_id(told), _kind(name))


def made_up_id(told: str) -> int:
    """A number below zero that follows from `told`."""
    return -1 - int.from_bytes(hashlib.sha256(told.encode()).digest()[:7], "big")


def _kind(login: str) -> ActorKind:
    return ActorKind.BOT if login.endswith(_BOT) else ActorKind.USER


def _key(name: str) -> str:
    return " ".join(name.lower().split())


def _is_full(name: str) -> bool:
    """Whether a name says who it is: two people may both be called root."""
    return len(name.split()) >= _FULL_NAME_WORDS
