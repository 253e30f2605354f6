"""Bearer tokens for the operators' API: whose they are, what they may do, how often they may ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.ids import WorkspaceId

_FORM = re.compile(r"hunch_(T[A-Z0-9]{1,30})_([0-9]{1,18})_([A-Za-z0-9_-]{43})")
REQUESTS_PER_MINUTE = 120
BURST = 60
"""How many may come at once after a pause."""
PACE = timedelta(minutes=1) / REQUESTS_PER_MINUTE


class Access(StrEnum):
    """What a token opens; who may write may read."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token without its secret; times are aware UTC."""

    token_id: int
    name: str
    access: Access
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    @property
    def actor(self) -> str:
        """How audits and runs name whoever bears it."""
        return f"token:{self.token_id}"

    def may_write(self) -> bool:
        return self.access is Access.WRITE


@dataclass(frozen=True, slots=True)
class Claimed:
    """What the text of a token claims; only its digest, compared with ours, proves it."""

    workspace_id: WorkspaceId
    token_id: int


def written(workspace_id: WorkspaceId, token_id: int, secret: str) -> str:
    """The text a person is given: it names its workspace, so that no table has to."""
    return f"hunch_{workspace_id}_{token_id}_{secret}"


def claimed(text: str) -> Claimed | None:
    """Read a token's text; None for what is none of ours."""
    found = _FORM.fullmatch(text)
    return None if found is None else Claimed(WorkspaceId(found[1]), int(found[2]))


def left(busy_until: datetime, now: datetime) -> int:
    """How many more requests may come at once, when those made use it up until then."""
    used = max(busy_until - now, timedelta()) / PACE
    return max(0, int(BURST - used))
