"""Webhooks as GitHub sends them: signed, once, with ten seconds to answer."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import aiohttp

_TIMEOUT_S = 10


@dataclass(slots=True)
class Hook:
    """Where webhooks go: an address, its secret, and the GitHub App's installation, if any."""

    url: str
    secret: str
    installation_id: int | None = None


@dataclass(slots=True)
class Sent:
    """One delivery; `status` is the HTTP status, 0 when nobody answered."""

    delivery_id: str
    event: str
    body: bytes
    status: int = 0


def sign(secret: str, body: bytes) -> str:
    """Return the value of `X-Hub-Signature-256`."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def post(hook: Hook, sent: Sent) -> int:
    """Send a delivery; returns the HTTP status, 0 when nobody answered in time."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/playground",
        "X-GitHub-Delivery": sent.delivery_id,
        "X-GitHub-Event": sent.event,
        "X-Hub-Signature-256": sign(hook.secret, sent.body),
    }
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(trust_env=False, timeout=timeout) as session,
            session.post(hook.url, data=sent.body, headers=headers) as answer,
        ):
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return 0
