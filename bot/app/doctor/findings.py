"""What a check found: well, worth a look, or to be fixed, always with the fix in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. Only a problem makes `hunch doctor` end with 1."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the doctor's; `fix` is "" where nothing is to be done."""

    check: str
    level: Level
    text: str
    fix: str = ""


def ok(check: str, text: str) -> Found:
    return Found(check, Level.OK, text)


def warning(check: str, text: str, fix: str) -> Found:
    return Found(check, Level.WARNING, text, fix)


def problem(check: str, text: str, fix: str) -> Found:
    return Found(check, Level.PROBLEM, text, fix)
