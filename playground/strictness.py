"""Turns what the validator finds into the refusals that Slack answers."""

from __future__ import annotations

from typing import Any, Literal

from playground.records import Json
from playground.validation import Problem, problems
from playground.web_api.calls import SlackError


def refuse_bad_blocks(blocks: Any) -> None:
    """Answer `invalid_blocks` with pointers unless a message may hold these blocks."""
    found = problems({"blocks": blocks}, surface="message")
    if found:
        raise _refusal("invalid_blocks", found, under="")


def refuse_bad_view(view: Any, *, surface: Literal["modal", "home"]) -> None:
    """Answer `invalid_arguments` with pointers, as Slack does for views, unless it is sound."""
    found = problems(view, surface=surface)
    if found:
        raise _refusal("invalid_arguments", found, under="/view")


def _refusal(code: str, found: list[Problem], *, under: str) -> SlackError:
    lines = [f"[ERROR] {one.message} [json-pointer:{under}{one.pointer}]" for one in found]
    errors: list[Json] = [
        {"code": "failed_constraint", "message": one.message, "pointer": under + one.pointer}
        for one in found
    ]
    return SlackError(code, errors=errors, response_metadata={"messages": lines})
