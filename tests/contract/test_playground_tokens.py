"""Rotating tokens of the simulated Slack, renewed in any order at any time."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.clock import Clock
from playground.feed import Feed
from playground.installing import Installing
from playground.oauth import OAuth
from playground.records import App, Json
from playground.server import Playground
from playground.state import State
from playground.tokens import LIFE_S, new_value
from playground.tokens import TokenKind as Kind
from playground.web_api import METHODS
from playground.web_api.calls import SlackError, Triggers
from playground.web_api.identities import identify
from tests.contract.oauth_support import allowed, redeemed, renewed

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


class Desk:
    """One app in one workspace, with every token it was ever given."""

    def __init__(self) -> None:
        self.state = State(clock=Clock(frozen_at=1_000_000), feed=Feed())
        self.state.add_workspace("Acme", team_id="T1")
        self.admin = self.state.add_user("T1", "admin")
        self.app: App = self.state.add_app("Hunch", token_rotation=True)
        self.oauth = OAuth(self.state, Installing(self.state, lambda _, __: None))
        self.access: list[str] = []
        self.refresh: list[str] = []
        self.spent: set[str] = set()

    def keep(self, answer: Json) -> None:
        self.access.append(answer["access_token"])
        self.refresh.append(answer["refresh_token"])

    def install(self) -> None:
        query = {"client_id": self.app.client_id, "scope": "commands", "redirect_uri": "http://a/"}
        code = self.oauth.allow(self.oauth.ask(query)[1], "T1", self.admin)
        self.keep(self.oauth.redeem(self.app, code, "http://a/"))

    def renew(self, which: int) -> None:
        token = self.refresh[which % len(self.refresh)]
        if token in self.spent:
            with pytest.raises(SlackError, match="invalid_refresh_token"):
                self.oauth.refresh(self.app, token)
            return
        self.spent.add(token)
        self.keep(self.oauth.refresh(self.app, token))

    def opens(self, token: str) -> bool:
        try:
            identify(self.state, Triggers(self.state), METHODS["auth.test"], token, {})
        except SlackError:
            return False
        return True


steps = st.one_of(
    st.just("install"),
    st.tuples(st.just("renew"), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.floats(0, LIFE_S)),
)


@given(st.lists(steps, max_size=25))
def test_the_youngest_token_works_for_12_hours_and_few_others_do(taken: list[object]) -> None:
    desk, given_at = Desk(), 1_000_000.0
    desk.install()
    for step in taken:
        before = len(desk.access)
        match step:
            case "install":
                desk.install()
            case ("renew", int(which)):
                desk.renew(which)
            case ("wait", float(seconds)):
                desk.state.clock.advance(seconds)
        now = desk.state.clock.now()
        given_at = now if len(desk.access) > before else given_at
        assert desk.opens(desk.access[-1]) == (now - given_at < LIFE_S)
        assert sum(map(desk.opens, desk.access)) <= 2
        assert not any(map(desk.opens, desk.refresh))


def test_tokens_look_like_slacks() -> None:
    assert new_value(Kind.BOT, rotating=False).startswith("xoxb-")
    assert new_value(Kind.BOT, rotating=True).startswith("xoxe.xoxb-1-")
    assert new_value(Kind.USER, rotating=False).startswith("xoxp-")
    assert new_value(Kind.REFRESH, rotating=True).startswith("xoxe-1-")


async def test_the_inspector_shows_no_secret_of_an_installation() -> None:
    async with Playground.start() as slack:
        app = slack.state.apps[slack.add_company(team_id="T1").app_id]
        app.token_rotation = True
        code = await allowed(slack, app, place="T1", user_scopes=["users:read"])
        given = await redeemed(slack, app, code)
        await renewed(slack, app, given["refresh_token"])
        seen = json.dumps([one.in_full() for one in slack.traffic.after(0)])
    theirs = given["authed_user"]
    for secret in (
        code,
        app.client_secret,
        given["access_token"],
        given["refresh_token"],
        theirs["access_token"],
        theirs["refresh_token"],
    ):
        assert secret not in seen
