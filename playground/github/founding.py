"""The organisations on GitHub that belong to the playground's companies, and the App for Hunch."""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.github.records import App, Plan
from playground.github.world import World
from playground.records import User

_DAYS = 425
_APP = "hunch"
# Nobody in Slack: somebody from outside, as most organisations have.
_GUEST = ("mtanaka-ext", "Mei Tanaka", "mei@contractors.example")


@dataclass(frozen=True, slots=True)
class Founding:
    """An organisation to be: its people (as Slack has them), teams by name with their people's
    logins, and repositories with the number of pull requests of their past."""

    login: str
    name: str
    people: list[User]
    teams: dict[str, list[str]] = field(default_factory=dict)
    repositories: dict[str, int] = field(default_factory=dict)


def found_organisation(world: World, founding: Founding) -> None:
    """Set the organisation up with 14 months of history; there already, it stays as it is."""
    if world.accounts.find(founding.login.lower()) is not None:
        return
    people = [one for one in founding.people if one.github and not one.is_bot]
    admins = sorted(people, key=lambda one: not one.is_admin)
    signatures = [[one.github, one.real_name, one.email] for one in people]
    for login, name, email in signatures:
        world.add_person(login, name=name, email=email)
    guest, name, email = _GUEST
    world.add_person(guest, name=name, email=email)
    logins = [one.github for one in admins]
    world.add_organisation(founding.login, *logins, guest, name=founding.name)
    for name, members in founding.teams.items():
        world.add_team(founding.login, name, *members)
    for seed, (full_name, count) in enumerate(founding.repositories.items(), start=1):
        plan = Plan(
            count,
            seed=seed,
            ends_at=world.now().replace("Z", "+00:00"),
            days=_DAYS,
            people=_turned(signatures, seed * 2),
        )
        world.add_repository(full_name, plan=plan if count else None)


def _turned(people: list[list[str]], by: int) -> list[list[str]]:
    """The same people, others first: they do most of the work there."""
    place = by % len(people) if people else 0
    return people[place:] + people[:place]


def found_app(world: World, *, owner: str, hunch_url: str, installed: str, linked: str) -> App:
    """Hunch's App: made once, sent to wherever Hunch is now (`hunch_url` without a slash).

    `installed` and `linked` are the paths where people come back to.
    """
    there = next((app for app in world.apps if app.slug == _APP), None)
    app = there or world.add_app("Hunch", slug=_APP, owner=owner)
    app.webhook_url = f"{hunch_url}/webhooks/github"
    app.callback_urls = [f"{hunch_url}{installed}", f"{hunch_url}{linked}"]
    app.setup_url = f"{hunch_url}{installed}"
    return world.apps.put(app)
