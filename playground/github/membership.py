"""People join and leave organisations and teams, and the Apps hear of it."""

from __future__ import annotations

from playground.github.records import Account, Team
from playground.github.rest import shapes
from playground.github.telling import Telling
from playground.github.world import World
from playground.records import Json

_API = "https://api.github.com"


class Membership:
    """Acts on organisations' behalf."""

    def __init__(self, world: World, telling: Telling) -> None:
        self._world = world
        self._telling = telling

    async def join(self, organisation: str, login: str, role: str = "member") -> None:
        """Somebody becomes a member."""
        account = self._world.organisation(organisation)
        self._world.add_person(login)
        account.members[login] = role
        self._world.accounts.put(account)
        await self._tell_organisation(account, "member_added", login, role)

    async def leave(self, organisation: str, login: str) -> None:
        """Somebody is a member no longer, and in none of the teams."""
        account = self._world.organisation(organisation)
        role = account.members.pop(login)
        self._world.accounts.put(account)
        for team in self._world.teams:
            if team.organisation == organisation and login in team.members:
                await self.leave_team(team, login)
        await self._tell_organisation(account, "member_removed", login, role)

    async def rename_organisation(self, organisation: str, login: str) -> Account:
        """Call an organisation something else; its repositories move with it."""
        account = self._world.organisation(organisation)
        self._world.accounts.drop(account.key)
        account.origin, account.login = account.origin or account.login, login
        self._world.accounts.put(account)
        self._world.move_account(organisation, login)
        changes = {"login": {"from": organisation}}
        payload: Json = {"action": "renamed", "changes": changes, "sender": self._owner(account)}
        await self._telling.tell_account(login, "organization", payload)
        return account

    async def join_team(self, team: Team, login: str) -> None:
        """Somebody comes into a team."""
        self._world.add_person(login)
        team.members[login] = "member"
        self._world.teams.put(team)
        await self._tell_membership(team, "added", login)

    async def leave_team(self, team: Team, login: str) -> None:
        """Somebody leaves a team."""
        team.members.pop(login)
        self._world.teams.put(team)
        await self._tell_membership(team, "removed", login)

    async def create_team(self, organisation: str, name: str, parent: str = "") -> Team:
        """Make a team with nobody in it."""
        team = self._world.add_team(organisation, name, parent=parent)
        await self._tell_team(team, "created")
        return team

    async def rename_team(self, team: Team, name: str) -> Team:
        """Call a team something else."""
        old, before = team.name, team.key
        team.name, team.slug = name, "-".join(name.lower().split())
        self._world.teams.drop(before)
        self._world.teams.put(team)
        await self._tell_team(team, "edited", changes={"name": {"from": old}})
        return team

    async def delete_team(self, team: Team) -> None:
        """Dissolve a team."""
        self._world.teams.drop(team.key)
        await self._tell_team(team, "deleted")

    async def add_collaborator(self, full_name: str, login: str) -> None:
        """Let somebody from outside into one repository."""
        person = shapes.account(self._world.add_person(login))
        owner = self._world.accounts.find(full_name.partition("/")[0].lower())
        payload: Json = {
            "action": "added",
            "member": person,
            "changes": {"role_name": {"to": "read"}},
            "sender": self._owner(owner) if owner else person,
        }
        await self._telling.tell_of(full_name, "member", payload)

    async def _tell_organisation(
        self, account: Account, action: str, login: str, role: str
    ) -> None:
        url = f"{_API}/orgs/{account.login}"
        payload: Json = {
            "action": action,
            "membership": {
                "url": f"{url}/memberships/{login}",
                "state": "active",
                "role": role,
                "organization_url": url,
                "user": shapes.account(self._world.add_person(login)),
            },
            "sender": self._owner(account),
        }
        await self._telling.tell_account(account.login, "organization", payload)

    async def _tell_membership(self, team: Team, action: str, login: str) -> None:
        payload: Json = {
            "action": action,
            "scope": "team",
            "member": shapes.account(self._world.add_person(login)),
            "team": shapes.team(self._world, team),
            "sender": self._owner(self._world.organisation(team.organisation)),
        }
        await self._telling.tell_account(team.organisation, "membership", payload)

    async def _tell_team(self, team: Team, action: str, **more: Json) -> None:
        payload: Json = {
            "action": action,
            **more,
            "team": shapes.team(self._world, team),
            "sender": self._owner(self._world.organisation(team.organisation)),
        }
        await self._telling.tell_account(team.organisation, "team", payload)

    def _owner(self, account: Account) -> Json:
        admins = [login for login, role in account.members.items() if role == "admin"]
        return shapes.account(self._world.add_person(admins[0] if admins else account.login))
