"""Emoji by the names Slack gives them: `:mag:` becomes 🔍."""

from __future__ import annotations

import re

import emoji

# Slack's own names for what the package knows under another one.
_SLACKS = {
    "first_place_medal": "1st_place_medal",
    "second_place_medal": "2nd_place_medal",
    "third_place_medal": "3rd_place_medal",
    "simple_smile": "slightly_smiling_face",
    "large_green_circle": "green_circle",
    "large_yellow_circle": "yellow_circle",
    "large_orange_circle": "orange_circle",
    "large_purple_circle": "purple_circle",
    "male-detective": "man_detective",
    "female-detective": "woman_detective",
}
_FLAG = re.compile(r"flag-([a-z])([a-z])")
_SKIN_TONE = re.compile(r"skin-tone-([2-6])")
_CODE = re.compile(r":([a-z0-9_+'-]+)(?:::(skin-tone-[2-6]))?:")


def emoji_named(name: str) -> str | None:
    """Return the emoji of that name; None if there is none."""
    name, _, tone = name.partition("::")
    found = _skin_tone(name) or _flag(name) or _known(name)
    return found + (_skin_tone(tone) or "") if found else None


def with_emoji(text: str) -> str:
    """Return the text with every `:name:` that is an emoji replaced; the rest stays."""
    return _CODE.sub(lambda found: emoji_named(found[0][1:-1]) or found[0], text)


def _known(name: str) -> str | None:
    code = f":{_SLACKS.get(name, name)}:"
    found: str = emoji.emojize(code, language="alias")
    return None if found == code else found


def _flag(name: str) -> str | None:
    found = _FLAG.fullmatch(name)
    return (
        "".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in found.groups())
        if found
        else None
    )


def _skin_tone(name: str) -> str | None:
    found = _SKIN_TONE.fullmatch(name)
    return chr(0x1F3FB + int(found[1]) - 2) if found else None
