"""What a workspace is connected to, and whether the connection works."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Service(StrEnum):
    """What can be connected."""

    SLACK = "Slack"
    GITHUB_WEBHOOK = "GitHub webhook"
    GITHUB_APP = "GitHub App"


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """One connection; `name` tells it from others of its kind, "" where there is only one.

    Not `connected`: no key opens its secret, so somebody has to bring the key back, or reconnect.
    `refused` is the other side's word for why it takes the secret no longer, "" if it does.
    """

    service: Service
    name: str
    connected: bool
    refused: str = ""

    @property
    def title(self) -> str:
        return f"{self.service} {self.name}".rstrip()
