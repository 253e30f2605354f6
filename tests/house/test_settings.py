"""docs/settings.md lists every setting, with the default it has, and none that there is not."""

from __future__ import annotations

import re

from pydantic.fields import FieldInfo

from bot.settings import Settings
from tests.databases import REPOSITORY

_ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
_ONLY_FOR_TESTS = {"HUNCH_FAILPOINTS", "HUNCH_PATIENCE"}


def page() -> str:
    return (REPOSITORY / "docs/settings.md").read_text(encoding="utf-8")


def listed(text: str) -> dict[str, str]:
    """Each setting on the page with what it says the default is."""
    return {row[1]: row[2] for row in _ROW.finditer(text)}


def known() -> dict[str, FieldInfo]:
    return {(field.alias or name).upper(): field for name, field in Settings.model_fields.items()}


def test_every_setting_is_listed_and_everything_listed_is_a_setting() -> None:
    rows = [row[1] for row in _ROW.finditer(page())]
    assert sorted(rows) == sorted(known())


def test_every_row_of_the_page_has_all_its_columns() -> None:
    rows = re.findall(r"^\| `[A-Z_]+` .*$", page(), re.MULTILINE)
    assert [row for row in rows if not _ROW.fullmatch(row)] == []


def test_the_defaults_are_the_ones_hunch_has() -> None:
    shown = listed(page())
    fixed = {name: field.default for name, field in known().items() if field.default}
    assert {name: shown[name] for name in fixed} == {
        name: f"`{value}`" for name, value in fixed.items()
    }


def test_what_only_tests_set_is_said_to_be_so() -> None:
    assert set(listed(page().split("## For tests only\n")[1])) == _ONLY_FOR_TESTS
