"""docs/troubleshooting.md knows every message there is, and none that is not."""

from __future__ import annotations

import re

from tests.databases import REPOSITORY
from tests.house.messages import messages, normalized

_PAGE = "docs/troubleshooting.md"


def entries() -> list[str]:
    """The messages the page quotes, each a paragraph of a blockquote, wrapped as it may be."""
    text = (REPOSITORY / _PAGE).read_text(encoding="utf-8")
    quotes = re.findall(r"(?:^>.*\n)+", text, re.MULTILINE)
    lines = (re.sub(r"^> ?", "", quote, flags=re.MULTILINE) for quote in quotes)
    return [normalized(part) for quote in lines for part in re.split(r"\n\s*\n", quote.strip())]


def test_every_message_has_an_entry() -> None:
    found = set(entries())
    missing = {text: name for text, name in messages().items() if text not in found}
    assert missing == {}, f"Say in {_PAGE} why each comes and what to do"


def test_every_entry_is_still_a_message() -> None:
    said = messages()
    assert [text for text in entries() if text not in said] == []


def test_no_message_has_two_entries() -> None:
    found = entries()
    assert sorted({text for text in found if found.count(text) > 1}) == []


def test_every_entry_is_explained_in_words_of_its_own() -> None:
    text = (REPOSITORY / _PAGE).read_text(encoding="utf-8")
    blocks = re.split(r"\n\n", text)
    bare = [
        block
        for block, after in zip(blocks, [*blocks[1:], "#"], strict=True)
        if block.startswith(">") and after.startswith(("#", ">"))
    ]
    assert bare == []
