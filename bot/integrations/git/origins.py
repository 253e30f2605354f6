"""Where a clone came from: its host, its full name, and the address of its pull requests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[^@/\s]+@)?(?P<host>[\w.-]+?)(?::\d+)?[:/]"
    r"(?P<name>[\w.~-]+(?:/[\w.~-]+)+)/?"
)
_PAGES = {"gitlab": "-/merge_requests", "bitbucket": "pull-requests"}
_OURS = "local"


@dataclass(frozen=True, slots=True)
class Origin:
    """`full_name` as the host writes it; `host` is "" for a clone that came from nowhere."""

    host: str
    full_name: str

    def url_of(self, number: int) -> str:
        """Where the pull request is; "" where the clone does not say."""
        if not self.host:
            return ""
        pages = next((page for name, page in _PAGES.items() if name in self.host), "pull")
        return f"https://{self.host}/{self.full_name}/{pages}/{number}"


def origin_of(remote: str | None, path: Path) -> Origin:
    """Read a remote's address, which may hold a password that is not taken along."""
    found = _REMOTE.fullmatch(remote.strip()) if remote else None
    if found is None or remote is None or remote.startswith(("/", ".", "file:")):
        return Origin("", f"{_OURS}/{path.name or 'repository'}")
    return Origin(found["host"].lower(), found["name"].removesuffix(".git"))
