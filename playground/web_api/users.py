"""`users.list` and `users.info`: who works here."""

from __future__ import annotations

from playground.records import Json, User
from playground.web_api.calls import Call, Method
from playground.web_api.pages import page

_EVERYBODY = 1000


def _seen(call: Call, user: User) -> Json:
    return user.as_slack(with_email=call.installation.may("users:read.email"))


def _slackbot(team_id: str) -> User:
    """Slack lists its own bot among the people, and calls it none."""
    return User("USLACKBOT", team_id, "slackbot", "Slackbot")


def _list(call: Call) -> Json:
    people = [_slackbot(call.team_id), *call.state.people(call.team_id)]
    members, after = page(call, "user", people, id_of=lambda user: user.id, default=_EVERYBODY)
    return {
        "members": [_seen(call, user) for user in members],
        "cache_ts": int(call.state.clock.now()),
        "response_metadata": after,
    }


def _info(call: Call) -> Json:
    return {"user": _seen(call, call.user(call.text("user")))}


METHODS = (
    Method("users.list", _list, scope="users:read", needs_team=True),
    Method("users.info", _info, scope="users:read"),
)
