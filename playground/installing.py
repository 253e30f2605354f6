"""Puts apps into workspaces and whole organisations, and takes them out; the apps hear of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from playground import ids
from playground.records import App, Enterprise, Installation, Json, Workspace
from playground.scopes import split
from playground.state import State
from playground.tokens import Token, TokenKind
from playground.web_api.calls import SlackError

Emit = Callable[[Installation, Json], None]


class Installing:
    """Changes which app is where; `emit` sends the app an event while it still can."""

    def __init__(self, state: State, emit: Emit) -> None:
        self._state = state
        self._emit = emit

    def install(
        self, app: App, owner: Workspace | Enterprise, scopes: tuple[str, ...]
    ) -> Installation:
        """Put the app where it is not yet; scopes are added to those that it has."""
        if isinstance(owner, Enterprise):
            return self._install_everywhere(app, owner, scopes)
        there = self._state.installations.get((owner.id, app.id))
        if there is None:
            return self._state.install(app, owner.id, scopes=",".join(scopes))
        if there.org_wide and there.active:
            raise SlackError("cannot_install_an_org_installed_app")
        there.org_wide = False
        return self._revive(there, scopes)

    def _revive(self, there: Installation, scopes: tuple[str, ...]) -> Installation:
        held = split(there.scopes) if there.active else []
        if not there.active:
            there.bot_token = ids.bot_token()
        there.scopes = ",".join(dict.fromkeys([*held, *scopes]))
        there.active = True
        return self._state.put_installation(there)

    def _install_everywhere(
        self, app: App, owner: Enterprise, scopes: tuple[str, ...]
    ) -> Installation:
        there = self._state.org_installations.get((owner.id, app.id))
        if there is None:
            there = Installation(
                owner.id, app.id, ids.new_id("W"), ids.new_id("B"), ids.bot_token(), ""
            )
            there.enterprise_id, there.org_wide, there.active = owner.id, True, False
        self._revive(there, scopes)
        granted = [self.grant(there, team.id) for team in self._teams(owner.id)]
        self._emit(there, self._event("team_access_granted", team_ids=granted))
        return there

    def _teams(self, enterprise_id: str) -> Iterator[Workspace]:
        for workspace in self._state.workspaces.values():
            if workspace.enterprise_id == enterprise_id:
                yield workspace

    def grant(self, org: Installation, team_id: str) -> str:
        """Let an organisation's app into one of its workspaces; returns the workspace."""
        app = self._state.apps[org.app_id]
        here = Installation(team_id, app.id, org.bot_user, org.bot_id, org.bot_token, org.scopes)
        here.enterprise_id, here.org_wide = org.enterprise_id, True
        if (team_id, org.bot_user) not in self._state.users:
            name = app.name.lower()
            self._state.add_user(
                team_id, name, user_id=org.bot_user, real_name=app.name, is_bot=True
            )
        self._state.put_installation(here)
        return team_id

    def parts(self, installation: Installation) -> list[Installation]:
        """Return an installation with those in the organisation's workspaces that hang on it."""
        owner = installation.owner
        there = self._state.owned(installation.app_id, owner)
        below = [
            one
            for one in self._state.installations.values()
            if one.org_wide and (one.app_id, one.owner) == (installation.app_id, owner)
        ]
        return [*([there] if there else []), *below]

    def use_token(self, installation: Installation, value: str) -> None:
        """Make this the bot's token from now on."""
        for part in self.parts(installation):
            part.bot_token = value
            self._state.put_installation(part)

    def uninstall(self, installation: Installation) -> None:
        """Take the app out: it hears of its tokens and of itself, then nothing works any more."""
        owner = self._state.owned(installation.app_id, installation.owner) or installation
        tokens = list(self._state.tokens.of(owner.app_id, owner.owner))
        people = sorted({one.user for one in tokens if one.kind == TokenKind.USER})
        self._tell_revoked(owner, people, [owner.bot_user])
        self._emit(owner, self._event("app_uninstalled"))
        self._state.tokens.revoke_all(owner.app_id, owner.owner)
        self._deactivate(owner)

    def revoke(self, installation: Installation, token: Token | None) -> None:
        """Make one token useless; the app stays where it is, its bot cannot do anything."""
        owner = self._state.owned(installation.app_id, installation.owner) or installation
        if token is not None and token.kind == TokenKind.USER:
            self._state.tokens.revoke(token)
            self._tell_revoked(owner, [token.user], [])
            return
        self._tell_revoked(owner, [], [owner.bot_user])
        for one in self._state.tokens.of(owner.app_id, owner.owner):
            if one.user == owner.bot_user:
                self._state.tokens.revoke(one)
        self._deactivate(owner)

    def _deactivate(self, owner: Installation) -> None:
        for part in self.parts(owner):
            part.active = False
            self._state.put_installation(part)

    def _tell_revoked(self, owner: Installation, oauth: list[str], bot: list[str]) -> None:
        self._emit(owner, self._event("tokens_revoked", tokens={"oauth": oauth, "bot": bot}))

    def _event(self, kind: str, **facts: object) -> Json:
        return {"type": kind, **facts, "event_ts": self._state.next_ts()}
