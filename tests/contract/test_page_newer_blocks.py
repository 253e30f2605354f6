"""The page draws the blocks of 2025 and 2026 so that everybody can read and use them."""

from __future__ import annotations

import pytest

from playground.elements import action, elements, find
from playground.ids import with_block_ids
from playground.validation import problems
from tests.contract.gallery import FORM, MESSAGES, chart, data_table, pie
from tests.contract.page_support import Seen, draw
from tests.contract.validation_examples import Json


def gallery_blocks() -> list[Json]:
    return [block for _, blocks in MESSAGES for block in blocks]


@pytest.mark.parametrize("kind", ["line", "bar", "area"])
def test_a_chart_has_a_name_a_legend_and_its_numbers_in_a_table(kind: str) -> None:
    seen = Seen(draw(chart(kind, "Hours")))
    assert f"Hours: {kind} chart; its numbers follow in a table" in seen.all("aria-label")
    assert {"svg", "table", "caption"} <= set(seen.tags)
    for word in ("With AI", "Without", "W45", "16", "Hours to merge"):
        assert word in seen.text


def test_a_pie_says_each_share() -> None:
    seen = Seen(draw(pie()))
    assert "41%" in seen.text
    assert "AI wrote most" in seen.text


def test_a_chart_brings_no_styles_or_scripts_of_its_own() -> None:
    html = "".join(draw(block) for _, blocks in MESSAGES for block in blocks)
    assert "<style" not in html
    assert "style=" not in html
    assert "<script" not in html


def test_what_a_chart_is_labelled_never_becomes_html() -> None:
    nasty = "</svg><script>x"
    block = pie() | {"title": nasty}
    block["chart"] = {"type": "pie", "segments": [{"label": nasty, "value": 1}]}
    seen = Seen(draw(block))
    assert "script" not in seen.tags
    assert nasty in seen.text


def test_a_data_table_has_headers_for_rows_and_columns_and_can_be_sorted() -> None:
    seen = Seen(draw(data_table()))
    assert seen.all("scope") == ["col"] * 3 + ["row"] * 4
    assert seen.all("data-sort") == ["0", "1", "2"]
    assert seen.all("data-value") == ["31", "12", "27", "9"]
    assert "Merged this quarter" in seen.text


def test_everything_that_can_be_tapped_is_found_wherever_it_sits() -> None:
    found = {element.action_id for element in elements(with_block_ids(gallery_blocks()))}
    assert {"why1", "why2", "dismiss4", "in-box", "rate", "bin"} <= found
    html = draw(*with_block_ids(gallery_blocks()))
    assert found <= set(Seen(html).all("data-action"))


def test_each_thumb_sends_its_own_value() -> None:
    blocks = with_block_ids(gallery_blocks())
    sent = action(find(blocks, "rate"), "Bad answer", at="1.0")
    assert (sent["type"], sent["value"]) == ("feedback_buttons", "Bad answer")
    with pytest.raises(LookupError):
        action(find(blocks, "rate"), "So so", at="1.0")


def test_blocks_inside_others_get_ids_too() -> None:
    inner = [block for _, blocks in MESSAGES for block in blocks if block["type"] == "container"]
    named = with_block_ids(inner)[0]["child_blocks"]
    assert all(block["block_id"] for block in named)


def test_a_plan_says_how_each_task_stands() -> None:
    plans = [block for block in gallery_blocks() if block["type"] in ("plan", "task_card")]
    text = Seen(draw(*plans)).text
    for word in ("1 of 4 done", ", done", ", under way", ", failed", ", waiting"):
        assert word in text


def test_the_gallery_is_what_slack_takes() -> None:
    for name, blocks in MESSAGES:
        assert problems({"text": name, "blocks": blocks}, surface="message") == [], name
    assert problems(FORM, surface="modal") == []
