"""Tells genuine requests from forged ones, over the raw bytes and in constant time."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

_SLACK_TOLERANCE_S = 300


def is_slacks(secret: str, body: bytes, *, timestamp: str, signature: str, now: datetime) -> bool:
    """Whether Slack signed this body within the last five minutes.

    Source: docs.slack.dev, "Verifying requests from Slack" (v0).
    """
    if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12:
        return False
    if abs(now.timestamp() - int(timestamp)) > _SLACK_TOLERANCE_S:
        return False
    return _matches(secret, b"v0:%b:%b" % (timestamp.encode(), body), "v0=", signature)


def is_githubs(secret: str, body: bytes, *, signature: str) -> bool:
    """Whether GitHub signed this body.

    Source: docs.github.com, "Validating webhook deliveries" (X-Hub-Signature-256).
    """
    return _matches(secret, body, "sha256=", signature)


def _matches(secret: str, signed: bytes, prefix: str, signature: str) -> bool:
    expected = prefix + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))
