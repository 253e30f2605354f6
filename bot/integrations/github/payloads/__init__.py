"""Reads GitHub's webhook payloads: takes the few fields we need and ignores the rest.

Of a `push` only what its commits say of their makers: the rest comes as `pull_request`
(`synchronize`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.domain.deliveries import News
from bot.integrations.github.payloads.people import (
    read_collaborator,
    read_organisation,
    read_team,
    read_team_member,
)
from bot.integrations.github.payloads.pull_requests import (
    read_pull_request,
    read_review,
    read_review_comment,
)
from bot.integrations.github.payloads.pushes import read_push
from bot.integrations.github.payloads.repositories import (
    installation_of,
    read_installation,
    read_repository,
    read_shown,
)

__all__ = ["installation_of", "read"]

_READERS: Mapping[str, Callable[[bytes], News | None]] = {
    "installation": read_installation,
    "installation_repositories": read_shown,
    "member": read_collaborator,
    "membership": read_team_member,
    "organization": read_organisation,
    "pull_request": read_pull_request,
    "pull_request_review": read_review,
    "pull_request_review_comment": read_review_comment,
    "push": read_push,
    "repository": read_repository,
    "team": read_team,
}


def read(event: str, body: bytes) -> News | None:
    """Read one verified delivery; None: an event that tells us nothing.

    Raises ValueError (pydantic's) when a field that we need is missing or senseless.
    """
    reader = _READERS.get(event)
    return None if reader is None else reader(body)
