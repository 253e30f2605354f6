"""One call of the Web API: its arguments read as Slack reads them, its errors named as Slack's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playground.records import App, Channel, Installation, Json, User, Workspace
from playground.state import State
from playground.tokens import Token

if TYPE_CHECKING:
    from playground.installing import Installing
    from playground.oauth import OAuth


class SlackError(Exception):
    """What Slack answers instead: `ok: false`, this code, and sometimes more."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    def as_slack(self) -> Json:
        """Return the answer's body."""
        return {"ok": False, "error": self.code, **self.extra}


@dataclass(frozen=True, slots=True)
class Backstage:
    """What methods reach for besides the state."""

    triggers: Triggers
    socket_url: Callable[[App], str]
    oauth: OAuth
    installing: Installing


@dataclass(slots=True)
class Call:
    """A call with a good bot token; `args` as they came, JSON or form.

    `token` is what is known of the token if OAuth gave it out.
    """

    method: str
    args: Json
    state: State
    installation: Installation
    backstage: Backstage
    token: Token | None = None

    @property
    def triggers(self) -> Triggers:
        """The trigger ids that were given out."""
        return self.backstage.triggers

    @property
    def team_id(self) -> str:
        """The workspace that the token belongs to."""
        return self.installation.team_id

    @property
    def workspace(self) -> Workspace:
        """The workspace that the token belongs to."""
        return self.state.workspaces[self.team_id]

    @property
    def app(self) -> App:
        """The app that the token belongs to."""
        return self.state.apps[self.installation.app_id]

    def text(self, name: str, default: str = "") -> str:
        """Return an argument as text."""
        value = self.args.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        """Return an argument as text; answers `invalid_arguments` when it is missing."""
        value = self.text(name)
        if not value:
            missing = f"[ERROR] missing required field: {name}"
            raise SlackError("invalid_arguments", response_metadata={"messages": [missing]})
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a yes or no, however it is written."""
        value = self.args.get(name)
        return default if value is None else str(value).lower() in ("1", "true")

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        """Return a whole number; answers `invalid_limit` outside of `low` to `high`."""
        given = self.text(name)
        if not given:
            return default
        if not given.isdecimal() or not low <= int(given) <= high:
            raise SlackError("invalid_limit")
        return int(given)

    def structure(self, name: str, error: str = "invalid_arguments") -> Any:
        """Return an argument that is JSON, given as such or as text; answers `error`."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise SlackError(error) from None

    def need(self, scope: str) -> None:
        """Answer `missing_scope` unless the token holds one of the comma-separated scopes."""
        wanted = scope.split(",")
        if not any(self.installation.may(one) for one in wanted):
            raise SlackError("missing_scope", needed=scope, provided=self.installation.scopes)

    def user(self, user_id: str) -> User:
        """Return a person of this workspace; answers `user_not_found`."""
        found = self.state.users.get((self.team_id, user_id))
        if found is None:
            raise SlackError("user_not_found")
        return found

    def channel(self, channel_id: str) -> Channel:
        """Return a channel that the bot can see; answers `channel_not_found`."""
        found = self.state.channels.get((self.team_id, channel_id))
        if found is None or not self._sees(found):
            raise SlackError("channel_not_found")
        return found

    def _sees(self, channel: Channel) -> bool:
        hidden = channel.is_private or channel.is_im
        return not hidden or self.installation.bot_user in channel.members


@dataclass(frozen=True, slots=True)
class Method:
    """One Web API method: what it needs and what it does.

    `scope` holds one scope, or several of which one is enough, comma-separated. `app_level`
    methods take the app-level token instead of the bot's, `tokenless` ones the app's client id
    and secret. With an organisation's token a method works in one of its workspaces: it
    `needs_team` to say which, or finds out; `for_org` methods are about the organisation.
    `for_people` methods take a person's token, too.
    """

    name: str
    run: Callable[[Call], Json]
    scope: str = ""
    app_level: bool = False
    tokenless: bool = False
    needs_team: bool = False
    for_org: bool = False
    for_people: bool = False


@dataclass(slots=True)
class Trigger:
    """A person's click that lets the app open one modal, within 3 seconds."""

    team_id: str
    app_id: str
    user: str
    made_at: float
    used: bool = False


TRIGGER_LIFE_S = 3.0


class Triggers:
    """The trigger ids given out with interactions."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._given: dict[str, Trigger] = {}

    def issue(self, trigger_id: str, installation: Installation, user: str) -> None:
        """Remember a trigger id."""
        now = self._state.clock.now()
        team_id, app_id = installation.team_id, installation.app_id
        self._given[trigger_id] = Trigger(team_id, app_id, user, now)

    def team_of(self, trigger_id: str) -> str:
        """Return the workspace that a trigger id comes from, if it is one."""
        trigger = self._given.get(trigger_id)
        return trigger.team_id if trigger else ""

    def exchange(self, trigger_id: str, installation: Installation) -> Trigger:
        """Use a trigger id up; answers why not."""
        trigger = self._given.get(trigger_id)
        if trigger is None or trigger.team_id != installation.team_id:
            raise SlackError(
                "invalid_arguments", response_metadata={"messages": ["invalid `trigger_id`"]}
            )
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._state.clock.now() - trigger.made_at > TRIGGER_LIFE_S:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger
