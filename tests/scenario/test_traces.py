"""Traces: from a click or delivery through its transaction and jobs to the call to Slack."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys

import pytest

from bot import tracing
from bot.settings import shed_environment
from bot.tracing import spans_to
from tests.collectors import attributes, collecting
from tests.databases import TestDatabase
from tests.programs import environment_with
from tests.stage import Stage, free_port, set_stage

_ID = re.compile(r"[A-Za-z0-9_.:/+-]{0,200}")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine's collector is slow, and what it does not take in time is dropped."""
    monkeypatch.setattr(tracing, "_ANSWER_S", 30.0)
    monkeypatch.setattr(tracing, "_FAREWELL_S", 30.0)


async def play(stage: Stage) -> None:
    await stage.merge("person1", "person2", title="A title that nobody may read")
    asked = await stage.until_dm("person2", "How good is it?")
    assert (await stage.person("person2").click(asked, "survey.rate.ok")).ok
    await stage.until_dm("person2", "Was it AI-assisted?")
    await stage.quiet()


async def test_a_click_and_a_delivery_lead_to_slack_in_one_trace(database: TestDatabase) -> None:
    async with collecting() as collector:
        async with set_stage(database, otlp_endpoint=collector.url) as stage:
            await play(stage)
        for way in map(collector.ancestors, posts := collector.named("slack post")):
            assert way[0] == "job outbox.send"
            assert way[-3:] == [
                "job deliveries.process", "transaction github_delivery", "request github",
            ]  # fmt: skip
        assert len(posts) == 2
        ways = [collector.ancestors(one) for one in collector.spans if "slack " in one.name]
        assert any(way[-1:] == ["request slack_socket"] for way in ways), ways
        assert collector.complaints == []
        assert {told["service.name"] for told in collector.resources} == {"hunch"}


async def test_traces_hold_ids_and_closed_words_only(database: TestDatabase) -> None:
    async with collecting() as collector:
        async with set_stage(database, otlp_endpoint=collector.url) as stage:
            await play(stage)
        told = [value for span in collector.spans for value in attributes(span).values()]
        assert all(isinstance(value, int) or _ID.fullmatch(value) for value in told)
        token = stage.installation.bot_token.encode()
        for secret in (b"nobody may read", b"How good", b"person1", b"acme", token):
            assert secret not in collector.raw
        kept = {name for span in collector.spans for name in attributes(span)}
        assert {"hunch.workspace_id", "hunch.job_id", "hunch.delivery_id"} <= kept


@pytest.mark.parametrize("trouble", ["away", "hanging", "broken"])
async def test_a_collector_in_trouble_troubles_nobody(
    database: TestDatabase, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "_ANSWER_S", 1.0)
    monkeypatch.setattr(tracing, "_FAREWELL_S", 0.2)
    async with collecting() as collector:
        if trouble == "hanging":
            collector.hangs = asyncio.Event()
        collector.status = 500 if trouble == "broken" else 200
        url = f"http://127.0.0.1:{free_port()}" if trouble == "away" else collector.url
        async with set_stage(database, otlp_endpoint=url) as stage:
            await play(stage)


async def test_what_waits_for_the_collector_is_bounded() -> None:
    spans = spans_to(f"http://127.0.0.1:{free_port()}")
    for _ in range(tracing._MOST_WAITING * 3):
        spans.begin("noise").end({}, failed=False)
    waiting = len(_queue(spans))
    assert waiting <= tracing._MOST_WAITING


def _queue(spans: tracing.Spans) -> list[object]:
    processor = spans._shut_down.__self__  # type: ignore[attr-defined]
    return list(processor._batch_processor._queue)


async def test_a_span_that_failed_says_so_without_the_error() -> None:
    async with collecting() as collector:
        spans = spans_to(collector.url)
        spans.begin("work").end({"outcome": "failed"}, failed=True)
        await spans.close()
        [span] = collector.spans
        assert span.status.code == 2
        assert not span.status.message
        assert not span.events


def test_off_nothing_of_the_library_is_imported() -> None:
    code = (
        "import sys, bot.app, bot.cli; bot.cli.parser()\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment_with({}), check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr


async def test_what_otel_variables_say_has_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=hidden")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    shed_environment()
    assert [name for name in os.environ if name.startswith("OTEL_")] == []
    async with collecting() as collector:
        spans = spans_to(collector.url)
        spans.begin("work").end({}, failed=False)
        await spans.close()
        assert len(collector.spans) == 1


async def test_outside_of_any_span_there_is_no_trace_to_hand_on() -> None:
    spans = spans_to(f"http://127.0.0.1:{free_port()}")
    assert spans.current() == ""
    outer = spans.begin("outer")
    assert spans.current().startswith(f"00-{outer.trace_id}-")
    outer.end({}, failed=False)
    assert spans.current() == ""
