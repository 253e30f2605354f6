"""GitHub's ids: numbers that stay when names change, and the opaque ones of GraphQL."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct

# Accounts whose real numbers tell them apart in commits' e-mail addresses.
_KNOWN = {
    "copilot-swe-agent[bot]": 198982749,
    "dependabot[bot]": 49699333,
    "renovate[bot]": 29139614,
    "github-actions[bot]": 41898282,
}


def number_of(name: str) -> int:
    """Return a stable numeric id for a name, as GitHub has one for everything.

    Small enough for GraphQL's whole numbers, so that REST and GraphQL say the same.
    """
    if name in _KNOWN:
        return _KNOWN[name]
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") & 0x7FFFFFFF


def node_id(kind: str, *numbers: int) -> str:
    """Return the GraphQL id of the thing of this kind (`PR`, `R`, `U` …) with these numbers."""
    packed = struct.pack(f">{len(numbers)}Q", *numbers)
    return f"{kind}_{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def read_node_id(text: str) -> tuple[str, tuple[int, ...]]:
    """Return kind and numbers of a GraphQL id; raises ValueError for what is none."""
    kind, _, packed = text.partition("_")
    try:
        raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        return kind, struct.unpack(f">{len(raw) // 8}Q", raw)
    except (binascii.Error, struct.error, UnicodeEncodeError) as error:
        raise ValueError(text) from error
