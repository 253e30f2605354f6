"""What owners of organisations do on GitHub: Apps come and go, repositories and people move.

Each tells the Apps whom it concerns, as GitHub does.
"""

from __future__ import annotations

from datetime import datetime

from playground.github.records import App, Installed, Repository
from playground.github.rest import shapes
from playground.github.telling import Telling
from playground.github.world import World
from playground.records import Json


class Administration:
    """Acts on organisations' behalf; `by` is the login of who does it."""

    def __init__(self, world: World, telling: Telling) -> None:
        self._world = world
        self._telling = telling

    async def install(
        self, app: App, account: str, repositories: list[str] | None = None, *, by: str = ""
    ) -> Installed:
        """Put an App into an account; `repositories` are full names, None means all."""
        one = self._world.put_installation(app, account, repositories)
        await self._tell_installation(one, "created", by, repositories=self._short(one))
        return one

    async def choose(
        self, one: Installed, repositories: list[str] | None, *, by: str = ""
    ) -> Installed:
        """Let an App into these repositories (full names), or into all."""
        before = {r.origin: r for r in self._covered(one)}
        origins = [self._world.repository(name).origin for name in repositories or ()]
        one.repositories = None if repositories is None else origins
        self._changed(one)
        after = {r.origin: r for r in self._covered(one)}
        added = [shapes.short_repository(r) for key, r in after.items() if key not in before]
        removed = [shapes.short_repository(r) for key, r in before.items() if key not in after]
        for action, changed in (("added", added), ("removed", removed)):
            if changed:
                payload: Json = {
                    "action": action,
                    "installation": self._told(one),
                    "repository_selection": "all" if repositories is None else "selected",
                    "repositories_added": added if action == "added" else [],
                    "repositories_removed": removed if action == "removed" else [],
                    "requester": None,
                    "sender": self._person(by or self._owner(one.account)),
                }
                app = self._world.apps[str(one.app_id)]
                await self._telling.tell(app, one, "installation_repositories", payload)
        return one

    async def suspend(self, one: Installed, *, by: str = "") -> None:
        """Suspend an installation: its tokens are refused until it is unsuspended."""
        one.suspended_at, one.suspended_by = self._world.now(), by or self._owner(one.account)
        self._changed(one)
        await self._tell_installation(one, "suspend", by)

    async def unsuspend(self, one: Installed, *, by: str = "") -> None:
        """Let it go on."""
        one.suspended_at = one.suspended_by = None
        self._changed(one)
        await self._tell_installation(one, "unsuspend", by)

    async def uninstall(self, one: Installed, *, by: str = "") -> None:
        """Take an App out: all its tokens are dead."""
        repositories = self._short(one)
        one.removed = True
        self._changed(one)
        await self._tell_installation(one, "deleted", by, repositories=repositories)

    def take_permission(self, one: Installed, permission: str) -> None:
        """Take a permission away; GitHub tells nobody."""
        one.permissions.pop(permission, None)
        self._changed(one)

    async def accept_permissions(self, one: Installed, *, by: str = "") -> None:
        """Give an App everything that it asks for by now."""
        app = self._world.apps[str(one.app_id)]
        one.permissions, one.events = dict(app.permissions), list(app.events)
        self._changed(one)
        await self._tell_installation(one, "new_permissions_accepted", by)

    async def rename(self, repository: Repository, name: str, *, by: str = "") -> Repository:
        """Call a repository something else; the old name leads to it."""
        old = repository.name
        self._world.move(repository, repository.owner, name)
        changes = {"repository": {"name": {"from": old}}}
        await self._tell_repository(repository, "renamed", by, changes=changes)
        return repository

    async def transfer(self, repository: Repository, owner: str, *, by: str = "") -> Repository:
        """Give a repository to somebody else; only the new owner's Apps hear of it."""
        old = self._world.accounts.find(repository.owner.lower())
        self._world.move(repository, owner, repository.name)
        before = shapes.short_organisation(old) if old else {"login": repository.owner}
        changes = {"owner": {"from": {"organization": before}}}
        await self._tell_repository(repository, "transferred", by, changes=changes)
        return repository

    async def delete(self, repository: Repository, *, by: str = "") -> None:
        """Delete a repository with everything in it."""
        await self._tell_repository(repository, "deleted", by)
        repository.deleted = True
        self._world.repositories.put(repository)

    async def set_private(
        self, repository: Repository, private: bool = True, *, by: str = ""
    ) -> None:
        """Hide a repository from the public, or show it."""
        repository.private = private
        self._world.repositories.put(repository)
        await self._tell_repository(repository, "privatized" if private else "publicized", by)

    async def archive(self, repository: Repository, archived: bool = True, *, by: str = "") -> None:
        """Put a repository away, or bring it back."""
        repository.archived = archived
        self._world.repositories.put(repository)
        await self._tell_repository(repository, "archived" if archived else "unarchived", by)

    async def create(self, full_name: str, *, by: str = "") -> Repository:
        """Make a new repository."""
        repository = self._world.add_repository(full_name, created_at=self._world.now())
        await self._tell_repository(repository, "created", by)
        return repository

    async def _tell_repository(
        self, repository: Repository, action: str, by: str, **more: Json
    ) -> None:
        sender = self._person(by or self._owner(repository.owner))
        payload = {"action": action, **more, "sender": sender}
        await self._telling.tell_of(repository.full_name, "repository", payload)

    async def _tell_installation(
        self, one: Installed, action: str, by: str, **more: object
    ) -> None:
        payload: Json = {
            "action": action,
            "installation": self._told(one, in_words=action.endswith("suspend")),
            **more,
            "sender": self._person(by or self._owner(one.account)),
        }
        if action == "created":
            payload["requester"] = None
        await self._telling.tell(self._world.apps[str(one.app_id)], one, "installation", payload)

    def _told(self, one: Installed, *, in_words: bool = False) -> Json:
        """An installation as webhooks tell it: times are numbers there, but for suspensions."""
        said = shapes.installation(self._world, one)
        if not in_words:
            for key in ("created_at", "updated_at"):
                said[key] = int(datetime.fromisoformat(said[key]).timestamp())
        return said

    def _changed(self, one: Installed) -> None:
        one.updated_at = self._world.now()
        self._world.installations.put(one)

    def _covered(self, one: Installed) -> list[Repository]:
        return [r for r in self._world.repositories if one.covers(r) and not r.deleted]

    def _short(self, one: Installed) -> list[Json]:
        return [shapes.short_repository(r) for r in self._covered(one)]

    def _owner(self, account: str) -> str:
        """Who does what an organisation's owner may: its first admin, or the person."""
        found = self._world.accounts.find(account.lower())
        admins = [
            login for login, role in (found.members if found else {}).items() if role == "admin"
        ]
        return admins[0] if admins else account

    def _person(self, login: str) -> Json:
        return shapes.account(self._world.add_person(login))
