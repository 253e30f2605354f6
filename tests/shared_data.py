"""Real payloads and pull requests that tests read but the repository does not hold.

They lie beside the repository, in `../shared/`. A newcomer without them sees the tests skipped
with the reason; in CI their absence is a failure, or nobody would notice that nothing is tested.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "shared"


def shared(path: str, *, root: Path = ROOT) -> Path:
    """Find a file or folder of `../shared/`, such as `data/github-webhooks`.

    Where it is missing: skips the running test, or fails it if the environment says CI.
    """
    found = root / path
    if found.exists():
        return found
    reason = f"needs ../shared/{path}, which is not here"
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        pytest.skip(reason)
    pytest.fail(reason)
