"""What every handler needs at hand: rows, secrets, Slack, the time, the tally, what can be run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.ports import Database, RememberingSlackClients, Vault
from bot.ports.github import GitHubPages
from bot.ports.runs import RunKinds
from bot.watch import Watch
from handlers.counts import Refusals


@dataclass(frozen=True, slots=True)
class Desk:
    """Built once in the composition root; `now` gives aware UTC.

    `github` is None where our GitHub App has no client id. `public_url` is where browsers reach
    us, without a slash at the end.
    """

    db: Database
    vault: Vault
    slacks: RememberingSlackClients
    now: Callable[[], datetime]
    refusals: Refusals = field(default_factory=Refusals)
    watch: Watch = field(default_factory=Watch)
    github: GitHubPages | None = None
    public_url: str = ""
    kinds: RunKinds = field(default_factory=dict)
