"""After a restore: what may have been posted in the gap is looked for before it is posted."""

from __future__ import annotations

from datetime import timedelta

from tests.integration.outbox.bench import Bench, Fate, Seen

AN_HOUR = timedelta(hours=1)
_GAP = """
    INSERT INTO messages (workspace_id, message_key, digest, gap_from, gap_until)
         VALUES ('T1', 'k', '', $1, $2)
"""


async def given_a_gap(bench: Bench) -> None:
    await bench.execute(_GAP, bench.now - 5 * AN_HOUR, bench.now)


def posted_in_it(bench: Bench, *, key: str = "k") -> None:
    """By another life of ours, whose outbox rows had numbers that nobody knows any more."""
    at = bench.now - 3 * AN_HOUR
    bench.slack.messages.append(Seen("gap.1", "U1", 999_999, key, {"text": "old"}, at))


def texts(bench: Bench) -> list[str]:
    return [str(message.payload["text"]) for message in bench.slack.messages]


async def test_what_was_posted_in_the_gap_is_found_and_brought_up_to_date(bench: Bench) -> None:
    await given_a_gap(bench)
    posted_in_it(bench)
    await bench.show("k", "A")
    await bench.drain()
    assert bench.slack.calls == ["history", "update"]
    assert texts(bench) == ["A"]


async def test_what_was_not_posted_in_the_gap_is_posted_and_from_then_on_like_any_other(
    bench: Bench,
) -> None:
    await given_a_gap(bench)
    posted_in_it(bench, key="another")
    await bench.show("k", "A")
    await bench.drain()
    await bench.show("k", "B")
    await bench.drain()
    assert bench.slack.calls == ["history", "post", "update"]
    assert texts(bench) == ["old", "B"]


async def test_a_history_that_cannot_be_read_yet_is_asked_again(bench: Bench) -> None:
    await given_a_gap(bench)
    posted_in_it(bench)
    bench.slack.fated(Fate.LATER, Fate.LOST)
    await bench.show("k", "A")
    await bench.drain()
    assert texts(bench) == ["A"]
    assert "post" not in bench.slack.calls


async def test_a_history_that_is_never_readable_parks_the_message_unposted(bench: Bench) -> None:
    await given_a_gap(bench)
    bench.slack.refusal = "missing_scope"
    bench.slack.fated(Fate.REFUSED)
    await bench.show("k", "A")
    await bench.drain()
    assert bench.slack.calls == ["history"]
