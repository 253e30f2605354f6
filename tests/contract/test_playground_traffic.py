"""What the page can show of the talk between Slack and the app: both ways, without secrets."""

from __future__ import annotations

from playground.calls import Logged
from playground.clock import Clock
from playground.envelopes import Ack, Envelope, Kind
from playground.feed import Feed
from playground.server import Playground
from playground.traffic import Traffic, masked
from tests.contract.playground_support import client_of


def traffic() -> Traffic:
    return Traffic(Clock(frozen_at=1000.0), Feed())


async def test_a_call_is_shown_with_its_answer_and_how_long_it_took() -> None:
    async with Playground.start() as slack:
        slack.add_company()
        await client_of(slack).auth_test()
        found = slack.traffic.after(0)[-1].in_full()
    assert (found["name"], found["status"], found["trouble"]) == ("auth.test", 200, "")
    assert found["answer"]["ok"] is True
    assert found["took_ms"] > 0


async def test_an_event_nobody_takes_is_shown_with_the_reason() -> None:
    async with Playground.start() as slack:
        slack.add_company()
        await slack.person("person1").command("/copilot", "help")
        found = slack.traffic.after(0)[-1].summary()
    assert (found["name"], found["to_app"]) == ("/copilot", True)
    assert found["trouble"] == "no_connection"
    assert found["about"] == "help"


def test_a_retry_says_so_and_a_tap_says_what_was_tapped() -> None:
    log = traffic()
    payload = {"type": "block_actions", "actions": [{"action_id": "survey.rate"}]}
    log.delivered(Envelope(Kind.INTERACTION, payload), Ack.given(None), 0.0125)
    found = log.find(1).summary()
    assert (found["name"], found["about"]) == ("block_actions", "survey.rate")
    assert found["took_ms"] == 12.5


def test_only_what_is_newer_is_handed_over_and_old_things_are_forgotten() -> None:
    log = traffic()
    for _ in range(5_003):
        log.called(Logged("auth.test", "T1", {}, 200, {"ok": True}, 1000.0))
    assert len(log.after(0)) == 5_000
    assert [one.seq for one in log.after(5_001)] == [5_002, 5_003]
    assert log.after(5_003) == []


def test_no_token_and_no_secret_is_shown() -> None:
    shown = masked(
        {
            "token": "xoxb-123456789012-abcdefabcdef",  # pragma: allowlist secret
            "client_secret": "0123456789",  # pragma: allowlist secret
            "url": "wss://x?a=xoxe.xoxb-1-Mi0yLTUxMjM0",  # pragma: allowlist secret
            "inner": [{"text": "say xapp-1-A0-0000000000"}],  # pragma: allowlist secret
            "name": "kept",
        }
    )
    assert shown == {
        "token": "xoxb-…",
        "client_secret": "…",
        "url": "wss://x?a=xoxe.…",
        "inner": [{"text": "say xapp-…"}],
        "name": "kept",
    }
