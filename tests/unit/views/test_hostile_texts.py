"""Whatever people and GitHub put into titles and names, Slack takes the view and nobody is pinged."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.connections import ConnectionStatus, Service
from bot.domain.ids import MemberId
from bot.domain.members import LinkState
from bot.domain.surveys import AiAnswer, Guess, Outcome, PartState, Rating, Rework, Role, Tool
from bot.domain.workspaces import Game
from bot.views import commands, members
from bot.views.homes import (
    AdminHome,
    ClaimView,
    LinkView,
    MemberHome,
    OpenSurvey,
    ParkedView,
    UnlinkedView,
    home,
    timezone_dialog,
)
from bot.views.leaderboards import weekly_post
from bot.views.pull_requests import PullRequestView
from bot.views.reveals import RevealView, reveal
from bot.views.surveys import Ending, SurveyDm, survey_dm
from bot.views.texts import one_line
from playground.validation import problems
from tests.unit.views.makers import EXPIRES_AT, NAMES, SCORE, part, places, post

NASTY = (
    "",
    " \n\t ",
    "<!channel> <!here> <@U012AB3CD> <#C012AB3CD> <https://evil.example|click>",
    "x" * 5000,
    "&" * 5000,
    "<>" * 2500,
    "مرحبا بالعالم " * 300,
    "🎉👩‍👩‍👧‍👦" * 700,
    "\u202e\u200b\u2066\U000e0041\x00\x07\ud800",
    "`code` *bold* _it_ ~no~ > quote",
    "@channel #general https://evil.example",
)
texts = st.sampled_from(NASTY) | st.text(max_size=300)
urls = st.sampled_from(["https://github.com/a/b/pull/1", "javascript:alert(1)"]) | texts
pull_requests = st.builds(
    PullRequestView, title=texts, url=urls, repository=texts, number=st.integers(), author=texts
)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
logins = st.lists(texts, max_size=4, unique_by=lambda text: one_line(text)[:200])
_COMMANDS = re.compile(r"<[!@#]")


def is_sound(payload: Mapping[str, Any], surface: Any, *, mentions: bool = False) -> None:
    assert problems(payload, surface=surface) == []
    said = json.dumps(payload, ensure_ascii=False)
    said.encode("utf-8")
    assert mentions or not _COMMANDS.search(said)


parts = st.builds(
    part,
    st.sampled_from(Role),
    state=st.sampled_from(PartState),
    guessable=st.booleans(),
    answer=st.none() | st.sampled_from(AiAnswer),
    reveal_ok=st.booleans(),
    tool=st.none() | st.sampled_from(Tool),
    rework=st.none() | st.sampled_from(Rework),
    rating=st.none() | st.sampled_from(Rating),
    guess=st.none() | st.sampled_from(Guess),
    outcome=st.none() | st.sampled_from(Outcome),
)


@settings(max_examples=40, deadline=None)
@given(
    st.builds(
        SurveyDm,
        pull_request=pull_requests,
        part=parts,
        expires_at=st.just(EXPIRES_AT),
        timezone=st.sampled_from(["UTC", "Asia/Kolkata", "No/Where"]),
        introduce=st.booleans(),
        may_be_named=st.booleans(),
        why_shown=texts,
        ending=st.none() | st.sampled_from(Ending),
        score=st.none() | st.just(SCORE),
    )
)
def test_every_survey_in_every_state_is_sound(dm: SurveyDm) -> None:
    is_sound(survey_dm(dm), "message")


@settings(max_examples=40, deadline=None)
@given(
    st.builds(
        RevealView,
        pull_request=pull_requests,
        outcome=st.sampled_from(Outcome),
        guess=st.none() | st.sampled_from(Guess),
        why_shown=texts,
    )
)
def test_every_reveal_is_sound(view: RevealView) -> None:
    is_sound(reveal(view), "message")


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(list(NAMES)), texts), texts, urls)
def test_every_leaderboard_is_sound(names: dict[MemberId, str], window: str, url: str) -> None:
    is_sound(weekly_post(post(names=names, window=window, how_url=url)), "message")


@settings(max_examples=40, deadline=None)
@given(st.lists(texts, min_size=20, max_size=40))
def test_a_leaderboard_of_many_long_names_is_sound(listed: list[str]) -> None:
    names = {MemberId(number): name for number, name in enumerate(listed)}
    crowd = places(*((number,) for number in names))
    is_sound(weekly_post(post(names=names, detectives=crowd, champions=crowd)), "message")


@settings(max_examples=40, deadline=None)
@given(st.lists(pull_requests, max_size=12), logins, texts, texts)
def test_every_home_is_sound(
    listed: list[PullRequestView], accounts: list[str], reason: str, timezone: str
) -> None:
    member = MemberHome(
        SCORE,
        open_surveys=tuple(OpenSurvey(pr, EXPIRES_AT) for pr in listed),
        links=tuple(LinkView(login, LinkState.BLOCKED) for login in accounts),
        timezone=timezone,
    )
    admin = AdminHome(
        Game(timezone=timezone),
        connections=(ConnectionStatus(Service.GITHUB_WEBHOOK, reason, connected=False),),
        unlinked=tuple(UnlinkedView(login, 1) for login in accounts),
        claims=tuple(ClaimView(login, 1, reason, LinkState.CLAIMED) for login in accounts),
        parked=(ParkedView(reason, reason, NOON),),
    )
    payload = home(member, admin)
    is_sound(payload, "home", mentions=True)
    visible = json.dumps([{**block, "block_id": ""} for block in payload["blocks"]])
    # What looks like an id of Slack's is mentioned on purpose.
    rest = re.sub(r'"value": "(\\.|[^"\\])*"|<[@#][A-Z][A-Z0-9]{1,20}>', "", visible)
    assert not _COMMANDS.search(rest)


@settings(max_examples=40, deadline=None)
@given(texts)
def test_every_answer_is_sound(typed: str) -> None:
    is_sound(commands.unknown(typed), "message")
    is_sound(commands.failed(typed), "message")
    is_sound(members.snoozed(NOON, typed), "message")
    is_sound(timezone_dialog(typed), "modal", mentions=True)
