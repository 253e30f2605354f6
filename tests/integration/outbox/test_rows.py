"""What becomes of one row: sent, put off, settled, replaced, parked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.ports import Reply, ShowHome
from bot.use_cases.outbox import GIVE_UP_AFTER, Patience
from storage import outbox
from tests.integration.outbox.bench import START, WORKSPACE, Bench, Fate

A_MINUTE = timedelta(minutes=1)


def texts(bench: Bench) -> list[str]:
    return [str(message.payload["text"]) for message in bench.slack.messages]


async def test_a_message_is_posted_then_updated_in_place(bench: Bench) -> None:
    await bench.show("k", "A")
    await bench.drain()
    await bench.show("k", "B")
    await bench.drain()
    assert texts(bench) == ["B"]
    assert bench.slack.calls == ["post", "update"]


async def test_the_same_content_again_is_not_sent_again(bench: Bench) -> None:
    for _ in range(2):
        await bench.show("k", "A")
        await bench.drain()
    assert bench.slack.calls == ["post"]


async def test_updates_that_wait_become_one_and_the_last_one_counts(bench: Bench) -> None:
    for text in ("A", "B", "A", "C"):
        await bench.show("k", text)
    await bench.drain()
    assert texts(bench) == ["C"]
    assert bench.slack.calls == ["post"]


async def test_there_and_back_again_shows_what_was_wanted_last(bench: Bench) -> None:
    await bench.show("k", "A")
    await bench.drain()
    await bench.show("k", "B")
    await bench.show("k", "A")
    await bench.drain()
    assert texts(bench) == ["A"]


async def test_a_retry_takes_the_newer_content_along(bench: Bench) -> None:
    bench.slack.fated(Fate.FREEZES_AFTER)
    await bench.show("k", "A")
    await bench.drain_now()
    bench.slack.fated(Fate.LATER)
    await bench.thaw()
    await bench.show("k", "B")
    await bench.drain_now()
    await bench.show("k", "C")
    await bench.drain()
    assert texts(bench) == ["C"]
    assert bench.slack.calls == ["post", "update", "update"]
    assert await bench.states() == ["sent", "sent"]


async def test_newer_content_that_comes_while_a_first_try_is_failing_blocks_nothing(
    bench: Bench,
) -> None:
    """Both would be the message's one waiting row; it once stopped the lane for ever."""
    bench.slack.fated(Fate.FREEZES)
    await bench.show("k", "A")
    await bench.drain_now()
    await bench.show("k", "B")
    await bench.show("other", "X")
    bench.wait(timedelta(seconds=16))
    await bench.thaw()
    await bench.drain()
    assert texts(bench) == ["B", "X"]
    assert await bench.states() == ["sent", "sent"]


async def test_a_lane_is_sent_in_order_whatever_order_its_jobs_run_in(bench: Bench) -> None:
    for n in range(5):
        await bench.show(f"k{n}", str(n))
    for key in sorted(bench.queue, reverse=True):
        if key in bench.queue:
            await bench.run(key)
    await bench.drain()
    assert texts(bench) == ["0", "1", "2", "3", "4"]


async def test_a_row_that_slack_puts_off_keeps_its_lane_and_no_other_waiting(bench: Bench) -> None:
    bench.slack.fated(Fate.LATER)
    bench.slack.after_s = None
    await bench.show("k1", "first")
    await bench.drain_now()
    await bench.show("k2", "second")
    await bench.show("home", "elsewhere", target="U2")
    await bench.drain_now()
    assert texts(bench) == ["elsewhere"]
    await bench.drain()
    assert texts(bench) == ["elsewhere", "first", "second"]


async def test_nobody_posts_before_slack_said_so(bench: Bench) -> None:
    bench.slack.fated(Fate.LATER)
    bench.slack.after_s = 30.0
    await bench.show("k1", "A")
    await bench.drain_now()
    await bench.show("k2", "B", target="U2")
    await bench.drain()
    assert [m.at >= START + timedelta(seconds=30) for m in bench.slack.messages] == [True, True]


async def test_a_place_reserved_before_slack_said_to_wait_does_not_count(bench: Bench) -> None:
    for n in range(8):
        await bench.show(f"k{n}", str(n))
    await bench.drain_now()
    waiting = len(bench.slack.messages)  # the next one has its place in a second
    bench.slack.fated(Fate.LATER)
    bench.slack.after_s = 60.0
    await bench.show("other", "X", target="U2")
    await bench.drain()
    assert waiting < 8
    assert min(m.at for m in bench.slack.messages[waiting:]) >= START + A_MINUTE


async def test_slack_is_not_believed_to_want_more_than_an_hour(bench: Bench) -> None:
    bench.slack.fated(Fate.LATER)
    bench.slack.after_s = 1e7
    await bench.show("k", "A")
    await bench.drain_now()
    bench.wait(timedelta(hours=1, minutes=1))
    await bench.drain_now()
    assert texts(bench) == ["A"]


async def test_what_slack_refuses_for_good_is_parked_and_blocks_nobody(bench: Bench) -> None:
    bench.slack.fated(Fate.REFUSED)
    await bench.show("k1", "A")
    await bench.show("k2", "B")
    await bench.drain()
    assert texts(bench) == ["B"]
    async with bench.db.transaction(WORKSPACE, name="test") as tx:
        [parked] = await outbox.parked(tx)
    assert (parked.target, parked.reason) == ("U1", "is_archived")


async def test_a_refused_message_is_posted_as_it_is_now_once_slack_takes_it(bench: Bench) -> None:
    bench.slack.fated(Fate.REFUSED)
    await bench.show("k", "A")
    await bench.drain()
    await bench.show("k", "B")
    await bench.drain()
    assert texts(bench) == ["B"]


async def test_a_message_refused_again_and_again_is_listed_once(bench: Bench) -> None:
    bench.slack.fates = lambda method: Fate.REFUSED
    for text in "ABC":
        await bench.show("k", text)
        await bench.drain()
    async with bench.db.transaction(WORKSPACE, name="test") as tx:
        assert len(await outbox.parked(tx)) == 1


@pytest.mark.parametrize("reason", ["message_not_found", "cant_update_message"])
async def test_a_message_that_its_reader_deleted_is_left_alone(bench: Bench, reason: str) -> None:
    await bench.show("k", "A")
    await bench.drain()
    bench.slack.refusal = reason
    bench.slack.fated(Fate.REFUSED)
    await bench.show("k", "B")
    await bench.drain()
    assert await bench.states() == ["sent", "sent"]


async def test_a_fresh_tap_updates_by_its_link_and_a_used_up_link_by_the_usual_way(
    bench: Bench,
) -> None:
    await bench.show("k", "A")
    await bench.drain()
    ts = bench.slack.messages[0].ts
    await bench.show("k", "B", url=ts)
    await bench.drain()
    bench.slack.fated(Fate.REFUSED)
    await bench.show("k", "C", url=ts)
    await bench.drain()
    assert bench.slack.calls == ["post", "replace", "replace", "update"]
    assert texts(bench) == ["C"]


async def test_a_link_too_old_to_work_is_not_tried(bench: Bench) -> None:
    await bench.show("k", "A")
    await bench.drain()
    await bench.show("k", "B", url="old")
    bench.wait(timedelta(minutes=26))
    await bench.drain()
    assert bench.slack.calls == ["post", "update"]


async def test_while_signed_out_messages_wait_and_are_sent_after_signing_in(bench: Bench) -> None:
    bench.slack.refusal = "token_revoked"
    bench.slack.fated(*[Fate.REFUSED] * 8)
    await bench.show("k", "A")
    await bench.drain()
    assert texts(bench) == ["A"]


async def test_an_app_that_was_removed_keeps_its_messages_over_a_weekend(bench: Bench) -> None:
    bench.slack.refusal = "account_inactive"
    bench.slack.fates = lambda method: Fate.REFUSED
    await bench.show("k", "A")
    await bench.drain(longest=timedelta(days=3))
    assert await bench.states() == ["pending"]
    bench.slack.fates = lambda method: Fate.OK
    await bench.drain()
    assert texts(bench) == ["A"]


async def test_an_attempt_that_was_taken_over_closes_nothing(bench: Bench) -> None:
    bench.slack.fated(Fate.FREEZES_AFTER)
    await bench.show("k", "A")
    await bench.drain_now()
    async with bench.db.transaction(WORKSPACE, name="test") as tx:
        row = await outbox.lock_head(tx, (await bench.rows())[0]["outbox_id"])
        assert row is not None
        stale = row.attempt - 1
        assert not await outbox.finish(tx, row, stale, now=bench.now, parked="too late")
        assert not await outbox.postpone(tx, row, stale, until=bench.now, now=bench.now)
    assert await bench.states() == ["sending"]
    await bench.thaw()
    await bench.drain()


async def test_a_message_that_breaks_slack_every_time_is_given_up_in_the_end(
    bench: Bench,
) -> None:
    bench.slack.fates = lambda method: Fate.LOST if method == "post" else Fate.OK
    await bench.show("k", "A")
    await bench.show("next", "N", target="U2")
    await bench.execute("UPDATE outbox SET failures = $1 WHERE effect_key = 'k'", GIVE_UP_AFTER - 2)
    await bench.drain()
    row = (await bench.rows())[0]
    assert (row["state"], row["reason"]) == ("parked", "gave up: timeout")


async def test_an_update_that_always_fails_is_given_up_in_the_end(bench: Bench) -> None:
    await bench.show("k", "A")
    await bench.drain()
    bench.slack.fates = lambda method: Fate.LOST
    await bench.show("k", "B")
    await bench.drain()
    row = (await bench.rows())[1]
    assert (row["state"], row["failures"]) == ("parked", GIVE_UP_AFTER - 1)


async def test_a_history_that_never_answers_parks_the_post_as_uncertain(bench: Bench) -> None:
    bench.slack.fated(Fate.LOST, *[Fate.LATER] * 200)
    await bench.show("k", "A")
    await bench.drain()
    await bench.show("k", "B")
    await bench.drain()
    assert bench.slack.calls.count("post") == 1
    assert await bench.states() == ["parked", "parked"]


async def test_a_reply_is_given_once_and_one_in_doubt_never_again(bench: Bench) -> None:
    bench.slack.fated(Fate.ANSWER_LOST)
    for _ in range(2):
        await bench.put(Reply("click", "U1", {"text": "hello"}, "url"))
    await bench.drain()
    await bench.put(Reply("click", "U1", {"text": "hello"}, "url"))
    await bench.drain()
    assert bench.slack.replies == ["hello"]
    assert await bench.states() == ["parked"]


async def test_a_reply_that_certainly_did_not_arrive_is_tried_again(bench: Bench) -> None:
    bench.slack.fated(Fate.LATER)
    await bench.put(Reply("click", "U1", {"text": "hello"}, "url"))
    await bench.drain()
    assert bench.slack.replies == ["hello"]
    assert await bench.states() == ["sent"]


async def test_a_reply_whose_worker_died_is_not_given_twice(bench: Bench) -> None:
    bench.slack.fated(Fate.DIES_AFTER)
    await bench.put(Reply("click", "U1", {"text": "hello"}, "url"))
    await bench.drain()
    assert bench.slack.replies == ["hello"]
    assert [row["reason"] for row in await bench.rows()] == ["uncertain: worker lost"]


async def test_a_home_waits_for_no_message_and_shows_what_was_wanted_last(bench: Bench) -> None:
    bench.slack.fated(Fate.LATER)
    await bench.show("k", "A")
    await bench.drain_now()
    await bench.put(ShowHome("U1", {"n": 1}))
    await bench.put(ShowHome("U1", {"n": 2}))
    await bench.drain_now()
    assert bench.slack.homes == {"U1": {"n": 2}}
    assert bench.slack.messages == []


async def test_a_home_whose_worker_died_is_published_again(bench: Bench) -> None:
    bench.slack.fated(Fate.DIES)
    await bench.put(ShowHome("U1", {"n": 1}))
    await bench.drain()
    assert bench.slack.homes == {"U1": {"n": 1}}


def test_a_lease_that_would_not_outlive_its_request_is_refused() -> None:
    with pytest.raises(ValueError, match="outlive"):
        Patience(lease=timedelta(seconds=30))
