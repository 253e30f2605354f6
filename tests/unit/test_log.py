"""Logs: an event with fields a line; JSON for machines, words for people."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import log


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The root logger and structlog as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_machine_reads_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info", people=False)
    log.get("jobs.outbox").info("outbox.sent", outbox_id=7)
    said = json.loads(capsys.readouterr().err)
    assert (said["event"], said["outbox_id"], said["level"]) == ("outbox.sent", 7, "info")
    assert said["timestamp"].endswith("Z")


def test_a_person_reads_words(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info", people=True)
    log.get("main").info("ready", roles="all")
    said = capsys.readouterr().err
    assert "ready" in said
    assert "{" not in said


def test_who_is_not_asked_about_a_terminal_gets_json(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    log.get("main").info("ready")
    assert json.loads(capsys.readouterr().err)["event"] == "ready"


def test_what_is_below_the_level_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("warning", people=False)
    log.get("main").info("quiet")
    logging.getLogger("slack_sdk").info("quiet")
    assert capsys.readouterr().err == ""


def test_libraries_speak_in_the_same_form_and_only_of_trouble(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure("info", people=False)
    logging.getLogger("apscheduler.scheduler").info("tick")
    logging.getLogger("slack_bolt").warning("trouble")
    assert json.loads(capsys.readouterr().err)["event"] == "trouble"


@pytest.mark.parametrize("people", [True, False])
def test_a_traceback_shows_no_values(capsys: pytest.CaptureFixture[str], people: bool) -> None:
    """Local variables may hold tokens."""
    log.configure("info", people=people)
    token = "xoxb-" + "very-secret"
    try:
        raise ValueError(len(token))
    except ValueError:
        log.get("main").exception("failed")
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert token not in said


def test_a_library_that_talks_all_the_time_is_not_quoted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Bolt gives its loggers the root's level, and then quotes payloads."""
    log.configure("debug", people=False)
    noisy = logging.getLogger("slack_bolt.AsyncApp")
    before, noisy.level = noisy.level, logging.DEBUG
    noisy.debug("body: somebody's words")
    noisy.info("body: somebody's words")
    noisy.level = before
    assert capsys.readouterr().err == ""
