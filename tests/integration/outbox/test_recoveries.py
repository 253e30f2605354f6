"""Workers that freeze, jobs that are lost, clocks that are wrong, outcomes that are hard to keep."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import failpoints
from bot.errors import DatabaseAway, Permanent
from tests.integration.outbox.bench import Bench, Fate

A_MINUTE = timedelta(minutes=1)


def texts(bench: Bench) -> list[str]:
    return [str(message.payload["text"]) for message in bench.slack.messages]


@pytest.mark.parametrize("fate", [Fate.FREEZES, Fate.FREEZES_AFTER])
async def test_a_worker_that_thaws_after_its_lease_posts_nothing_twice(
    bench: Bench, fate: Fate
) -> None:
    bench.slack.fated(fate)
    await bench.show("k", "A")
    await bench.drain_now()
    await bench.drain()
    await bench.show("k", "B")
    await bench.drain()
    await bench.thaw()
    assert texts(bench) == ["B"]
    assert await bench.states() == ["sent", "sent"]


async def test_a_worker_that_thaws_puts_no_old_content_back(bench: Bench) -> None:
    await bench.show("k", "A")
    await bench.drain()
    bench.slack.fated(Fate.FREEZES)
    await bench.show("k", "B")
    await bench.drain_now()
    await bench.show("k", "C")
    await bench.drain()
    await bench.thaw()
    await bench.drain()
    assert texts(bench) == ["C"]


async def test_a_lane_is_woken_by_whatever_comes_next_even_if_a_job_was_lost(bench: Bench) -> None:
    await bench.show("k1", "A")
    bench.queue.clear()
    await bench.show("k2", "B")
    await bench.drain()
    assert texts(bench) == ["A", "B"]


async def test_the_sweep_wakes_what_lost_its_job_and_what_lost_its_worker(bench: Bench) -> None:
    await bench.show("k1", "A")
    bench.slack.fated(Fate.DIES)
    await bench.show("k2", "B", target="U2")
    await bench.run(
        next(key for key in bench.queue if "put" in key and bench.queue[key][1].ref == "2")
    )
    bench.queue.clear()
    bench.wait(A_MINUTE)
    assert await bench.sweep() == 2
    await bench.drain()
    assert sorted(texts(bench)) == ["A", "B"]


async def test_the_sweep_looks_at_heads_only_however_long_a_lane_is(bench: Bench) -> None:
    for n in range(3):
        await bench.show(f"k{n}", str(n))
    await bench.show("other", "X", target="U2")
    bench.queue.clear()
    bench.wait(A_MINUTE)
    assert await bench.sweep() == 2


async def test_a_clock_that_is_set_back_stops_no_message(bench: Bench) -> None:
    bench.now += timedelta(hours=3)
    bench.slack.fated(Fate.DIES)
    await bench.show("k1", "A")
    await bench.show("k2", "B", target="U2")
    await bench.run(next(iter(bench.queue)))
    bench.now -= timedelta(hours=3)
    assert await bench.sweep() == 2
    for key, (_, job) in list(bench.queue.items()):
        bench.queue[key] = (bench.now, job)
    await bench.drain(longest=timedelta(minutes=20))
    assert sorted(texts(bench)) == ["A", "B"]


async def test_an_outcome_is_kept_though_the_database_is_away_for_a_moment(bench: Bench) -> None:
    await bench.show("k", "A")
    failpoints.arm({"outbox_finish.before_commit": "fail"})
    await bench.drain_now()
    assert await bench.states() == ["sent"]
    assert bench.slack.calls == ["post"]


async def test_an_outcome_that_cannot_be_kept_is_found_out_from_slack(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.attempts._KEEP_TRYING_S", -1.0)
    await bench.show("k", "A")
    failpoints.arm({"outbox_finish.before_commit": "fail"})
    with pytest.raises(DatabaseAway):
        await bench.run(bench.due()[0])
    await bench.drain()
    assert bench.slack.calls == ["post", "history"]
    assert await bench.states() == ["sent"]


async def test_a_sender_without_a_token_keeps_the_message(bench: Bench) -> None:
    class SignedOut:
        async def for_workspace(self, workspace_id: object) -> object:
            raise Permanent("not_installed")

    there = bench.sender
    bench.sender = type(there)(bench.db, SignedOut(), there.now, there.patience)  # type: ignore[arg-type]
    await bench.show("k", "A")
    await bench.drain_now()
    bench.sender = there
    await bench.drain()
    assert texts(bench) == ["A"]
