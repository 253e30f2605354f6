"""What is installed is pinned and hashed, and says nothing about where it was fetched."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.databases import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
_NAME = re.compile(r"[A-Za-z0-9._-]+")


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("requirements.txt", PROJECT["project"]["dependencies"] + GROUPS["build"]),
        ("requirements-dev.txt", PROJECT["project"]["dependencies"] + GROUPS["dev"]),
    ],
)
def test_every_dependency_is_pinned_with_hashes(file: str, wanted: list[str]) -> None:
    text = (REPOSITORY / file).read_text(encoding="utf-8")
    pins = re.split(r"\n(?=\S)", text)
    names = {pin.partition("==")[0] for pin in pins}
    assert {m[0].lower() for one in wanted if (m := _NAME.match(one))} <= names
    assert [pin for pin in pins if "--hash=sha256:" not in pin] == []
    assert "://" not in text
