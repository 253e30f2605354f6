"""What git notes under refs/notes/ai (git-ai) and Agent Trace records say of a commit.

Formats: Git AI Standard, authorship/3.0.0 (github.com/git-ai-project/git-ai, specs), which puts a
line `---` between its line ranges and its JSON; Agent Trace 0.1.0 (agent-trace.dev).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_LONGEST = 1_000_000
_NAME = re.compile(r"[a-z0-9][a-z0-9 ._-]{0,39}")
_BY_AI = ("ai", "mixed")
UNNAMED = "unnamed"


def tools_in_note(note: str) -> Iterator[str]:
    """The names of the tools that wrote lines of the commit, in lower case; what cannot be read
    names none. `unnamed` for a tool with no usable name."""
    record = _record(note)
    if str(record.get("schema_version", "")).startswith("authorship/"):
        yield from _prompted(record)
    elif isinstance(record.get("files"), list) and _wrote_something(record["files"]):
        tool = record.get("tool")
        yield _clean(tool.get("name") if isinstance(tool, dict) else None)


def _record(note: str) -> dict[str, Any]:
    if not note or len(note) > _LONGEST:
        return {}
    text = note.partition("\n---\n")[2] or note
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        # A note can hold anything; other tools keep theirs under the same name.
        return {}
    return record if isinstance(record, dict) else {}


def _prompted(record: dict[str, Any]) -> Iterator[str]:
    prompts = record.get("prompts")
    for prompt in prompts.values() if isinstance(prompts, dict) else ():
        agent = prompt.get("agent_id") if isinstance(prompt, dict) else None
        if isinstance(agent, dict):
            yield _clean(agent.get("tool"))


def _wrote_something(files: list[Any]) -> bool:
    return any(
        isinstance(said := talk.get("contributor"), dict) and said.get("type") in _BY_AI
        for file in files
        if isinstance(file, dict)
        for talk in (file.get("conversations") or ())
        if isinstance(talk, dict)
    )


def _clean(name: object) -> str:
    text = str(name).strip().lower() if isinstance(name, str) else ""
    return text if _NAME.fullmatch(text) else UNNAMED
