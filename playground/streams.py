"""Messages that grow while an app writes them: what the chunks add up to.

A stream takes text or chunks, never both, and dies five minutes after it began.
https://docs.slack.dev/reference/methods/chat.startStream
"""

from __future__ import annotations

from typing import Any

from playground.records import Json, Message
from playground.strictness import refuse_bad_blocks
from playground.validation.elements import url_source
from playground.validation.shapes import array
from playground.web_api.calls import SlackError

LIFE_S = 300.0
MOST_CHARACTERS = 12_000
_LONGEST_FIELD = 256
_MOST_PARTS = 50
_sources = array(url_source)
_STATES = ("pending", "in_progress", "complete", "error")
_TASK_FIELDS = {"type", "id", "title", "status", "details", "output", "sources"}
DISPLAYS = ("timeline", "plan", "dense")


def begin(display: str, recipient: str, *, at: float) -> Json:
    """Return a message's `stream` as it starts.

    `state` is `in_progress`, `completed` or `stopped` (by a person); `mode` is `text` or `chunks`
    once something came; `parts` are the blocks so far.
    """
    return {
        "state": "in_progress",
        "mode": "",
        "display": display,
        "recipient": recipient,
        "started_at": at,
        "parts": [],
    }


def state_of(message: Message, now: float) -> str:
    """Return `in_progress`, `completed`, `stopped`, `expired`, or "" if it never was a stream."""
    if message.stream is None:
        return ""
    state = str(message.stream["state"])
    if state == "in_progress" and now - message.stream["started_at"] > LIFE_S:
        return "expired"
    return state


def add_text(stream: Json, text: str) -> None:
    """Append markdown; answers `streaming_mode_mismatch` and `msg_too_long`."""
    _enter(stream, "text")
    _write(stream, text)


def add_chunks(stream: Json, chunks: Any) -> None:
    """Append chunks; answers `invalid_chunks`, `streaming_mode_mismatch` and their like."""
    if not isinstance(chunks, list) or not all(isinstance(one, dict) for one in chunks):
        raise SlackError("invalid_chunks")
    for chunk in chunks:
        _check(chunk)
    if chunks:
        _enter(stream, "chunks")
    for chunk in chunks:
        _ADDERS[chunk["type"]](stream, chunk)
    if len(stream["parts"]) > _MOST_PARTS:
        raise SlackError("msg_blocks_too_many")


def _enter(stream: Json, mode: str) -> None:
    if stream["mode"] not in ("", mode):
        raise SlackError("streaming_mode_mismatch")
    stream["mode"] = mode


def _check(chunk: Json) -> None:
    kind = chunk.get("type")
    if kind == "blocks":
        _check_blocks(chunk.get("blocks"))
    elif kind == "markdown_text":
        if not isinstance(chunk.get("text"), str):
            raise SlackError("invalid_chunks")
    elif kind == "plan_update":
        _check_short(chunk.get("title"))
    elif kind == "task_update":
        _check_task(chunk)
    else:
        raise SlackError("invalid_chunks")


def _check_blocks(blocks: Any) -> None:
    if not isinstance(blocks, list) or not blocks:
        raise SlackError("invalid_chunks")
    refuse_bad_blocks(blocks)


def _check_short(value: Any) -> None:
    if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_FIELD:
        raise SlackError("invalid_chunks")


def _check_task(chunk: Json) -> None:
    if set(chunk) - _TASK_FIELDS or chunk.get("status") not in _STATES:
        raise SlackError("invalid_chunks")
    for name in ("id", "title"):
        _check_short(chunk.get(name))
    for name in ("details", "output"):
        if chunk.get(name) is not None:
            _check_short(chunk[name])
    if chunk.get("sources") is not None and any(_sources(chunk["sources"], "")):
        raise SlackError("invalid_chunks")


def _write(stream: Json, text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise SlackError("msg_too_long")
    parts = stream["parts"]
    if parts and parts[-1]["type"] == "markdown":
        parts[-1]["text"] += text
    elif text:
        parts.append({"type": "markdown", "text": text})


def _add_text_chunk(stream: Json, chunk: Json) -> None:
    _write(stream, chunk["text"])


def _add_blocks(stream: Json, chunk: Json) -> None:
    stream["parts"].extend(chunk["blocks"])


def _plan(stream: Json) -> Json:
    """Return the plan that the message shows, where its first task or title stood."""
    for part in stream["parts"]:
        if part["type"] == "plan":
            found: Json = part
            return found
    plan: Json = {"type": "plan", "title": "Plan", "tasks": []}
    stream["parts"].append(plan)
    return plan


def _name_plan(stream: Json, chunk: Json) -> None:
    _plan(stream)["title"] = chunk["title"]


def _add_task(stream: Json, chunk: Json) -> None:
    """Update a task in place; what is given as details or output is added to what is there."""
    tasks = _plan(stream)["tasks"] if stream["display"] == "plan" else stream["parts"]
    task = next((one for one in tasks if one.get("task_id") == chunk["id"]), None)
    if task is None:
        task = {"type": "task_card", "task_id": chunk["id"]}
        tasks.append(task)
    task |= {"title": chunk["title"], "status": chunk["status"]}
    for name in ("details", "output"):
        if chunk.get(name):
            task[name] = _longer(task.get(name), chunk[name])
    if chunk.get("sources"):
        task["sources"] = [*task.get("sources", []), *chunk["sources"]]


def _longer(rich: Json | None, text: str) -> Json:
    before = rich["elements"][0]["elements"][0]["text"] if rich else ""
    piece = {"type": "text", "text": before + text}
    section = {"type": "rich_text_section", "elements": [piece]}
    return {"type": "rich_text", "elements": [section]}


_ADDERS = {
    "blocks": _add_blocks,
    "markdown_text": _add_text_chunk,
    "plan_update": _name_plan,
    "task_update": _add_task,
}


def text_of(stream: Json) -> str:
    """Return the text of everything so far, for notifications and for screen readers."""
    texts = [part["text"] for part in stream["parts"] if part["type"] == "markdown"]
    return "\n".join(texts)
