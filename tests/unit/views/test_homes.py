"""The Home shows people their own things, and the admins' controls to admins alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.connections import ConnectionStatus, Service
from bot.domain.members import LinkState
from bot.domain.workspaces import Game
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
from playground.validation import problems
from tests.unit.views.makers import EXPIRES_AT, PR, SCORE, action_ids, control, shown

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ME = MemberHome(SCORE)
MINE = [
    "member.snooze",
    "member.stop",
    "home.quiet_start",
    "home.quiet_end",
    "home.quiet_weekends",
    "member.name_off",
    "home.claim",
]
SETTINGS = [
    "home.game_on",
    "home.reveals_off",
    "home.names_opt_in",
    "home.channel",
    "home.weekday",
    "home.hour",
    "home.timezone",
    "home.daily_budget",
    "home.weekly_budget",
    "home.connect_github",
    "home.by_token",
]


def test_a_member_sees_their_own_controls_only() -> None:
    assert action_ids(home(ME)) == MINE


def test_an_admin_sees_the_settings_too() -> None:
    assert action_ids(home(ME, AdminHome(Game()))) == [*MINE, *SETTINGS]


def test_somebody_who_stopped_can_only_come_back() -> None:
    assert action_ids(home(MemberHome(SCORE, stopped=True)))[0] == "member.resume"


def test_somebody_snoozing_can_come_back_or_stop() -> None:
    shown_ids = action_ids(home(MemberHome(SCORE, snoozed_until=NOON)))
    assert shown_ids[:2] == ["member.resume", "member.stop"]


def test_a_budget_that_is_not_on_the_menu_is_shown_all_the_same() -> None:
    view = home(ME, AdminHome(Game(daily_budget=7, weekly_budget=33)))
    assert control(view, "home.daily_budget")["initial_option"]["value"] == "7"
    weekly = control(view, "home.weekly_budget")
    assert weekly["initial_option"]["value"] == "33"
    assert min(int(one["value"]) for one in weekly["options"]) >= 7


def test_the_leaderboard_can_be_posted_once_there_is_a_channel() -> None:
    without = home(ME, AdminHome(Game()))
    assert "home.post_leaderboard" not in action_ids(without)
    view = home(ME, AdminHome(Game(leaderboard_channel="C012AB3CD")))  # type: ignore[arg-type]
    assert control(view, "home.post_leaderboard")["confirm"]
    assert control(view, "home.channel")["initial_conversation"] == "C012AB3CD"


def test_an_admin_is_told_how_to_connect_github_while_it_is_not() -> None:
    slack = ConnectionStatus(Service.SLACK, "", connected=True)
    assert "GitHub is not connected yet" in shown(home(ME, AdminHome(Game(), (slack,))))
    for service in (Service.GITHUB_WEBHOOK, Service.GITHUB_APP):
        view = home(ME, AdminHome(Game(), (slack, ConnectionStatus(service, "1", connected=True))))
        assert "not connected yet" not in shown(view)
        assert f"*{service}* `1" in shown(view)


@pytest.mark.parametrize("service", Service)
def test_a_connection_that_lost_its_key_says_what_to_do(service: Service) -> None:
    view = home(ME, AdminHome(Game(), (ConnectionStatus(service, "", connected=False),)))
    assert f"*{service}*: please reconnect." in shown(view)
    assert "`hunch connect" in shown(view)


def test_a_token_that_slack_refuses_is_told_otherwise_than_a_lost_key() -> None:
    refused = ConnectionStatus(Service.SLACK, "", connected=False, refused="token_revoked")
    view = home(ME, AdminHome(Game(), (refused,)))
    assert "*Slack*: please reconnect. Slack takes my token no longer" in shown(view)


def test_admins_are_told_what_is_kept_after_an_uninstall() -> None:
    assert "everything else 30 days later" in shown(home(ME, AdminHome(Game())))
    assert "30 days later" not in shown(home(ME))


def test_an_unlinked_account_has_a_picker_that_knows_the_login() -> None:
    view = home(ME, AdminHome(Game(), unlinked=(UnlinkedView("grace", 2),)))
    (block,) = [one for one in view["blocks"] if one.get("block_id") == "home:link:grace"]
    assert block["accessory"]["action_id"] == "home.link"


def test_a_claim_can_be_confirmed_or_refused_for_one_member_and_login() -> None:
    claim = ClaimView("grace", 5, "U012AB3CD", LinkState.BLOCKED)
    view = home(ME, AdminHome(Game(), claims=(claim,)))
    assert control(view, "home.claim_confirm")["value"] == "5:grace"
    assert control(view, "home.claim_refuse")["value"] == "5:grace"
    assert "More than one person says so." in shown(view)


def test_a_yes_that_takes_a_login_from_somebody_says_so_and_asks_again() -> None:
    claim = ClaimView("grace", 5, "U012AB3CD", LinkState.BLOCKED, held_by="U022AB3CD")
    view = home(ME, AdminHome(Game(), claims=(claim,)))
    takes = "`grace` is linked to <@U022AB3CD> now; Yes takes it from them."
    assert takes in shown(view)
    assert "More than one person" not in shown(view)
    assert control(view, "home.claim_confirm")["confirm"]["text"]["text"] == takes


def test_a_yes_that_replaces_the_claimants_login_says_so_and_asks_again() -> None:
    claim = ClaimView("grace", 5, "U012AB3CD", LinkState.CLAIMED, replaces="hopper")
    view = home(ME, AdminHome(Game(), claims=(claim,)))
    assert "is `grace` on GitHub? It replaces `hopper`." in shown(view)
    sure = control(view, "home.claim_confirm")["confirm"]
    assert sure["text"]["text"] == "It replaces `hopper`."


def test_a_yes_that_takes_nothing_away_asks_nothing_again() -> None:
    claim = ClaimView("grace", 5, "U012AB3CD", LinkState.BLOCKED)
    view = home(ME, AdminHome(Game(), claims=(claim,)))
    assert "confirm" not in control(view, "home.claim_confirm")


def test_a_holder_without_a_slack_account_is_somebody() -> None:
    claim = ClaimView("grace", 5, "U012AB3CD", LinkState.BLOCKED, held_by="")
    told = shown(home(ME, AdminHome(Game(), claims=(claim,))))
    assert "is linked to somebody now" in told


def test_a_link_in_a_state_without_words_is_noticed_at_once() -> None:
    unheard_of: Any = "maybe"
    with pytest.raises(AssertionError):
        home(MemberHome(SCORE, links=(LinkView("ada", unheard_of),)))


def test_a_forged_slack_id_is_not_mentioned() -> None:
    claim = ClaimView("grace", 5, "!channel", LinkState.CLAIMED)
    parked = ParkedView("!here", "is_archived", NOON)
    told = shown(home(ME, AdminHome(Game(), claims=(claim,), parked=(parked,))))
    assert "<!" not in told
    assert "<@" not in told


@pytest.mark.parametrize("number", [12, 200])
def test_long_lists_are_cut_and_say_by_how_much(number: int) -> None:
    admin = AdminHome(
        Game(),
        connections=tuple(
            ConnectionStatus(Service.GITHUB_WEBHOOK, f"{n:06}", connected=False)
            for n in range(number)
        ),
        unlinked=tuple(UnlinkedView(f"login-{n}", n) for n in range(number)),
        unlinked_in_all=number,
        claims=tuple(
            ClaimView(f"login-{n}", n, "U012AB3CD", LinkState.CLAIMED) for n in range(number)
        ),
        parked=tuple(ParkedView("C012AB3CD", "is_archived", NOON) for _ in range(number)),
    )
    member = MemberHome(SCORE, open_surveys=(OpenSurvey(PR, EXPIRES_AT),) * number)
    view = home(member, admin)
    assert problems(view, surface="home") == []
    assert len(view["blocks"]) < 100
    assert shown(view).count(f"… and {number - 12} more.") == (3 if number > 12 else 0)
    assert f"… and {number - 6} more." in shown(view)


def test_the_timezone_dialog_starts_with_the_present_one() -> None:
    (block,) = timezone_dialog("Europe/Berlin")["blocks"]
    assert block["element"]["initial_value"] == "Europe/Berlin"
    assert "initial_value" not in timezone_dialog("")["blocks"][0]["element"]
