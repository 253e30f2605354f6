"""What becomes of a post whose outcome nobody knows: looked for, posted again, or parked."""

from __future__ import annotations

from datetime import timedelta

from tests.integration.outbox.bench import Bench, Fate

A_MINUTE = timedelta(minutes=1)


def texts(bench: Bench) -> list[str]:
    return [str(message.payload["text"]) for message in bench.slack.messages]


async def test_an_unclear_post_is_looked_for_and_found(bench: Bench) -> None:
    bench.slack.fated(Fate.ANSWER_LOST)
    await bench.show("k", "A")
    await bench.drain()
    await bench.show("k", "B")
    await bench.drain()
    assert texts(bench) == ["B"]
    assert bench.slack.calls == ["post", "history", "update"]


async def test_an_unclear_post_that_never_landed_is_posted_again(bench: Bench) -> None:
    bench.slack.fated(Fate.LOST)
    await bench.show("k", "A")
    await bench.drain()
    assert bench.slack.calls == ["post", "history", "post"]
    assert texts(bench) == ["A"]


async def test_a_post_that_lands_after_we_gave_up_waiting_is_not_posted_again(
    bench: Bench,
) -> None:
    bench.slack.fated(Fate.LANDS_LATE)
    await bench.show("k", "A")
    await bench.drain()
    assert texts(bench) == ["A"]


async def test_a_history_that_fails_for_a_while_still_reaches_back_to_the_post(
    bench: Bench,
) -> None:
    bench.slack.fated(Fate.ANSWER_LOST, *[Fate.LATER] * 12)
    bench.slack.after_s = 60.0
    await bench.show("k", "A")
    await bench.drain()
    assert texts(bench) == ["A"]
    assert bench.slack.calls.count("post") == 1


async def test_a_history_that_cannot_be_read_parks_the_post_and_never_repeats_it(
    bench: Bench,
) -> None:
    bench.slack.refusal = "missing_scope"
    bench.slack.fated(Fate.ANSWER_LOST, Fate.REFUSED)
    await bench.show("k", "A")
    await bench.show("next", "N")
    await bench.drain()
    await bench.show("k", "B")
    await bench.drain()
    assert texts(bench) == ["A", "N"]
    rows = await bench.rows()
    assert [row["state"] for row in rows] == ["parked", "sent", "parked"]
    assert rows[0]["reason"] == "uncertain, and the history cannot be read: missing_scope"
    assert rows[2]["reason"].startswith("uncertain")


async def test_a_message_in_doubt_is_updated_by_the_tap_that_proves_it_is_there(
    bench: Bench,
) -> None:
    bench.slack.fated(Fate.ANSWER_LOST, Fate.REFUSED)
    await bench.show("k", "A")
    await bench.drain()
    await bench.show("k", "B", url=bench.slack.messages[0].ts)
    await bench.drain()
    assert texts(bench) == ["B"]
    assert (await bench.rows())[1]["state"] == "sent"


async def test_a_message_in_doubt_whose_tap_is_no_help_is_parked(bench: Bench) -> None:
    bench.slack.fated(Fate.ANSWER_LOST, Fate.REFUSED, Fate.REFUSED)
    await bench.show("k", "A")
    await bench.drain()
    await bench.show("k", "B", url="used up")
    await bench.drain()
    assert texts(bench) == ["A"]
    assert await bench.states() == ["parked", "parked"]
