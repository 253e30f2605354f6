"""What one can do on the page "GitHub"; each returns a sentence that says what happened."""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.github.mishaps import Mishap
from playground.github.records import Installed, Repository

if TYPE_CHECKING:
    from playground.github.server import GitHubServer

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_SLOW_PAGE = 10
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Doing:
    """What somebody sent by a form."""

    server: GitHubServer
    form: dict[str, str]

    def word(self, name: str) -> str:
        return self.form.get(name, "").strip()

    def name(self, field: str) -> str:
        """A name that GitHub takes; raises ValueError."""
        word = self.word(field)
        if not _NAME.fullmatch(word):
            raise ValueError("A name has letters, digits, dots, dashes and underscores only.")
        return word

    @property
    def installation(self) -> Installed:
        return self.server.world.installations[self.word("installation")]

    @property
    def repository(self) -> Repository:
        return self.server.world.repository(self.word("repository"))


Action = Callable[[Doing], Awaitable[str]]


async def _suspend(doing: Doing) -> str:
    await doing.server.owners.suspend(doing.installation)
    return "The App is suspended: its tokens are refused until you let it go on."


async def _unsuspend(doing: Doing) -> str:
    await doing.server.owners.unsuspend(doing.installation)
    return "The App may go on."


async def _uninstall(doing: Doing) -> str:
    await doing.server.owners.uninstall(doing.installation)
    return "The App is uninstalled: all its tokens are dead."


async def _break_tokens(doing: Doing) -> str:
    one, world = doing.installation, doing.server.world
    for token in world.tokens:
        if token.installation_id == one.id:
            token.revoked = True
            world.tokens.put(token)
    return "The tokens that the App holds are dead. It may ask for new ones."


async def _take_permission(doing: Doing) -> str:
    doing.server.owners.take_permission(doing.installation, doing.word("permission"))
    return f"The App lost the permission “{doing.word('permission')}”. GitHub tells nobody."


async def _accept_permissions(doing: Doing) -> str:
    await doing.server.owners.accept_permissions(doing.installation)
    return "The App has all the permissions again that it asks for."


async def _rename(doing: Doing) -> str:
    old, name = doing.repository.full_name, doing.name("name")
    one = await doing.server.owners.rename(doing.repository, name)
    return f"{old} is called {one.full_name} now."


async def _transfer(doing: Doing) -> str:
    old = doing.repository.full_name
    owner = doing.server.world.organisation(doing.word("owner")).login
    one = await doing.server.owners.transfer(doing.repository, owner)
    return f"{old} belongs to {owner} now: {one.full_name}."


async def _delete(doing: Doing) -> str:
    name = doing.repository.full_name
    await doing.server.owners.delete(doing.repository)
    return f"{name} is deleted."


async def _hide(doing: Doing) -> str:
    one = doing.repository
    await doing.server.owners.set_private(one, not one.private)
    return f"{one.full_name} is {'private' if one.private else 'public'} now."


async def _archive(doing: Doing) -> str:
    one = doing.repository
    await doing.server.owners.archive(one, not one.archived)
    return f"{one.full_name} is {'archived' if one.archived else 'in use again'}."


async def _create(doing: Doing) -> str:
    owner = doing.server.world.organisation(doing.word("owner")).login
    one = await doing.server.owners.create(f"{owner}/{doing.name('name')}")
    return f"{one.full_name} is there, empty."


async def _found(doing: Doing) -> str:
    name = doing.name("name")
    doing.server.world.add_organisation(name, doing.word("owner"))
    return f"The organisation {name} is there."


async def _join(doing: Doing) -> str:
    login, team = doing.name("who"), doing.server.world.teams[doing.word("team")]
    account = doing.server.world.organisation(team.organisation)
    if login not in account.members:
        await doing.server.people.join(account.login, login)
    await doing.server.people.join_team(team, login)
    return f"{login} is in {team.name} now."


async def _leave_team(doing: Doing) -> str:
    login, team = doing.word("who"), doing.server.world.teams[doing.word("team")]
    await doing.server.people.leave_team(team, login)
    return f"{login} is no longer in {team.name}."


async def _leave(doing: Doing) -> str:
    organisation, login = doing.word("organisation"), doing.word("who")
    await doing.server.people.leave(organisation, login)
    return f"{login} has left {organisation}."


async def _make_token(doing: Doing) -> str:
    world = doing.server.world
    owner = world.organisation(doing.word("owner"))
    days = int(doing.word("days") or 90)
    token = world.add_token(doing.word("who"), owner.login, lasts_s=days * _DAY_S)
    return f"The token, shown only now: {token.value}"


async def _revoke(doing: Doing) -> str:
    world = doing.server.world
    found = next(one for one in world.tokens if one.value[-8:] == doing.word("token"))
    found.revoked = True
    world.tokens.put(found)
    return "The token is dead."


def is_down(server: GitHubServer) -> bool:
    """Whether GitHub answers nothing but errors."""
    return any(one.times is None and not one.path for one in server.mishaps.planned)


async def _go_down(doing: Doing) -> str:
    server = doing.server
    if is_down(server):
        for one in list(server.mishaps.planned):
            server.mishaps.drop(one)
        return "GitHub answers again."
    server.mishaps.plan(Mishap(status=502, times=None))
    return "GitHub is down: every call is answered with an error 502."


def is_slow(server: GitHubServer) -> bool:
    """Whether only small pages are answered."""
    return "*" in server.limits.slow_pages


async def _go_slow(doing: Doing) -> str:
    slow = doing.server.limits.slow_pages
    if slow.pop("*", None) is not None:
        return "GitHub is quick again."
    slow["*"] = _SLOW_PAGE
    return f"Pages of more than {_SLOW_PAGE} pull requests take GitHub too long: error 502."


async def _lose_hooks(doing: Doing) -> str:
    telling = doing.server.telling
    if telling.fail_until > doing.server.world.state.clock.now():
        telling.fail_until = 0.0
        return "Webhooks arrive again. Those that failed can be asked for."
    telling.fail_until = math.inf
    return "Webhooks get lost from now on; GitHub notes them as failed."


async def _set_limits(doing: Doing) -> str:
    limits, words = doing.server.limits, doing.word
    limits.points_an_hour = int(words("points_an_hour"))
    limits.points_a_minute = int(words("points_a_minute"))
    limits.requests_an_hour = int(words("requests_an_hour"))
    return "The limits are as you said."


async def _too_fast(doing: Doing) -> str:
    doing.server.limits.secondary = 3
    return "The next three calls are refused for coming too fast: try again in a minute."


async def _new_hour(doing: Doing) -> str:
    doing.server.limits.forget()
    return "A new hour: nothing of the limits is used up."


async def _again(doing: Doing) -> str:
    found = doing.server.world.deliveries[doing.word("delivery")]
    sent = await doing.server.telling.redeliver(found)
    return f"Sent again: {'it arrived' if 200 <= sent.status < 300 else 'it failed'}."


ACTIONS: dict[str, Action] = {
    "accept-permissions": _accept_permissions,
    "again": _again,
    "archive": _archive,
    "break-tokens": _break_tokens,
    "create": _create,
    "delete": _delete,
    "found": _found,
    "go-down": _go_down,
    "go-slow": _go_slow,
    "hide": _hide,
    "join": _join,
    "leave": _leave,
    "leave-team": _leave_team,
    "lose-hooks": _lose_hooks,
    "make-token": _make_token,
    "new-hour": _new_hour,
    "rename": _rename,
    "revoke": _revoke,
    "set-limits": _set_limits,
    "suspend": _suspend,
    "take-permission": _take_permission,
    "too-fast": _too_fast,
    "transfer": _transfer,
    "uninstall": _uninstall,
    "unsuspend": _unsuspend,
}
