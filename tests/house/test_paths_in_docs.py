"""Whatever file of ours a page names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.databases import REPOSITORY

_ROOMS = "benchmarks|bot|deploy|docs|handlers|jobs|playground|storage|tests"
_PATH = re.compile(rf"(?<![\w/.…-])((?:{_ROOMS})/[\w/.-]+\.(?:md|png|py|service|sh|sql|yml))\b")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
_PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {REPOSITORY / path for path in _PATH.findall(text)}
    linked = {page.parent / path for path in _LINK.findall(text)}
    assert sorted(str(path) for path in named | linked if not path.exists()) == []
