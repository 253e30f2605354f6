"""The page draws Block Kit so that everything in it can be read and used, by keyboard too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.page_support import Seen, draw
from tests.contract.playground_support import actions, button, options, plain, text_input


def element(kind: str, **facts: Any) -> dict[str, Any]:
    return actions({"type": kind, "action_id": "a", **facts}, block_id="b")


def test_buttons_carry_what_a_tap_sends_and_their_style() -> None:
    seen = Seen(draw(actions({**button("survey.rate.ok"), "style": "primary"})))
    assert seen.all("data-action") == ["survey.rate.ok"]
    assert seen.all("data-block") == ["part:7:answer"]
    assert seen.all("data-choice") == ["7"]
    assert "button primary" in seen.all("class")


def test_a_confirmation_is_a_dialog_with_both_answers() -> None:
    ask = {
        "title": plain("Sure?"),
        "text": {"type": "mrkdwn", "text": "*Really*"},
        "confirm": plain("Do it"),
        "deny": plain("No"),
        "style": "danger",
    }
    seen = Seen(draw(actions({**button("x"), "confirm": ask})))
    assert "dialog" in seen.tags
    assert "Sure?Really" in seen.text.replace("\n", "").replace("  ", "")
    assert "button danger" in seen.all("class")


@pytest.mark.parametrize("kind", ["static_select", "multi_static_select"])
def test_a_menu_shows_its_options_and_the_chosen_one(kind: str) -> None:
    start = (
        {"initial_option": options("two")[0]}
        if kind == "static_select"
        else {"initial_options": options("two")}
    )
    html = draw(element(kind, placeholder=plain("Pick"), options=options("one", "two"), **start))
    assert '<option value="two" selected>Two</option>' in html
    assert 'aria-label="Pick"' in html


def test_what_was_chosen_wins_over_what_was_offered_to_begin_with() -> None:
    held = {"b": {"a": {"type": "static_select", "selected_option": options("one")[0]}}}
    menu = element("static_select", options=options("one", "two"), initial_option=options("two")[0])
    assert '<option value="one" selected>' in draw(menu, values=held)


def test_groups_of_options_keep_their_labels() -> None:
    groups = [{"label": plain("Fruit"), "options": options("apple")}]
    assert '<optgroup label="Fruit">' in draw(element("static_select", option_groups=groups))


@pytest.mark.parametrize(
    ("kind", "offered"),
    [
        ("users_select", "Layla &lt;b&gt;H&lt;/b&gt;"),
        ("multi_users_select", "Layla &lt;b&gt;H&lt;/b&gt;"),
        ("channels_select", "#general"),
        ("conversations_select", "#general"),
    ],
)
def test_pickers_offer_the_workspaces_people_and_channels(kind: str, offered: str) -> None:
    assert f">{offered}</option>" in draw(element(kind))


def test_a_conversation_picker_leaves_people_out_where_the_app_wants_channels_only() -> None:
    html = draw(element("conversations_select", filter={"include": ["public", "private"]}))
    assert "#general" in html
    assert "Layla" not in html


@pytest.mark.parametrize(("kind", "tag"), [("checkboxes", "checkbox"), ("radio_buttons", "radio")])
def test_boxes_to_tick_have_labels_and_show_what_is_ticked(kind: str, tag: str) -> None:
    start = "initial_options" if kind == "checkboxes" else "initial_option"
    first = options("one")[0]
    chosen = {start: [first] if kind == "checkboxes" else first}
    html = draw(element(kind, options=options("one", "two"), **chosen))
    assert html.count(f'type="{tag}"') == 2
    assert html.count(" checked") == 1
    assert html.count("<label") == 2


@pytest.mark.parametrize(
    ("kind", "shape"),
    [("timepicker", "time"), ("datepicker", "date"), ("number_input", "number")],
)
def test_pickers_of_times_and_dates_are_the_browsers_own(kind: str, shape: str) -> None:
    assert f'type="{shape}"' in draw(element(kind))


def test_an_overflow_menu_lists_its_options() -> None:
    seen = Seen(draw(element("overflow", options=options("hide", "mute"))))
    assert seen.all("data-pick") == ["hide", "mute"]
    assert "details" in seen.tags


def test_an_input_has_a_label_a_hint_and_the_apps_complaint() -> None:
    asked = {**text_input(), "hint": plain("Few words")}
    html = draw(asked, errors={"why": "Too <short>"})
    seen = Seen(html)
    field = "e-V1-why-reason"
    assert field in seen.all("for")
    assert seen.all("aria-invalid") == ["true"]
    assert seen.all("aria-describedby") == [f"{field}-help"]
    assert "Too <short>" in seen.text
    assert "Few words" in seen.text
    assert "short" not in seen.tags


def test_a_multiline_input_keeps_what_was_typed() -> None:
    asked = text_input()
    asked["element"]["multiline"] = True
    held = {"why": {"reason": {"type": "plain_text_input", "value": "</textarea><script>"}}}
    seen = Seen(draw(asked, values=held))
    assert "script" not in seen.tags
    assert "</textarea><script>" in seen.text


def test_text_blocks_are_shown() -> None:
    html = draw(
        {"type": "header", "text": plain("Head :mag:")},
        {"type": "section", "text": plain("*not bold*"), "fields": [plain("f1"), plain("f2")]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "*small*"}]},
        {"type": "divider"},
        {"type": "markdown", "text": "**strong**"},
        {"type": "rich_text", "elements": []},
    )
    seen = Seen(html)
    assert "Head 🔍" in seen.text
    assert "*not bold*" in seen.text
    assert "<strong>small</strong>" in html
    assert {"h3", "hr"} <= set(seen.tags)


def test_pictures_come_from_the_web_only() -> None:
    picture = {"type": "image", "alt_text": "A cat", "image_url": "https://a.example/c.png"}
    assert Seen(draw(picture)).all("src") == ["https://a.example/c.png"]
    for url in ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"):
        assert Seen(draw({**picture, "image_url": url})).all("src") == []


def test_a_buttons_address_must_be_one_for_browsers() -> None:
    assert "href" in draw(actions({**button("x"), "url": "https://a.example"}))
    assert "href" not in draw(actions({**button("x"), "url": "javascript:alert(1)"}))


def test_a_block_the_page_does_not_know_says_so() -> None:
    assert "does not know “hologram” blocks" in Seen(draw({"type": "hologram"})).text


@pytest.mark.parametrize("nasty", ['"><script>alert(1)</script>', "' onmouseover='x", "</option>"])
def test_no_field_of_a_block_becomes_html(nasty: str) -> None:
    menu = {
        "type": "static_select",
        "action_id": nasty,
        "placeholder": plain(nasty),
        "options": [{"text": plain(nasty), "value": nasty}],
    }
    field = {**text_input(nasty, nasty), "label": plain(nasty), "hint": plain(nasty)}
    alone = {"type": "image", "alt_text": nasty, "image_url": "https://a.example/" + nasty}
    seen = Seen(
        draw(
            actions(menu, button(nasty, nasty, nasty), block_id=nasty),
            field,
            {"type": "header", "text": plain(nasty)},
            {"type": nasty, "text": nasty},
            alone,
            errors={nasty: nasty},
        )
    )
    assert "script" not in seen.tags
    assert not [name for name, _ in seen.attributes if name.startswith("onmouse")]
    assert nasty in seen.text


def test_a_menu_whose_options_the_app_knows_is_searched_by_typing() -> None:
    chosen = {"text": plain("orders"), "value": "7"}
    seen = Seen(draw(element("external_select", initial_option=chosen, min_query_length=1)))
    assert {"input", "datalist"} <= set(seen.tags)
    assert "orders" in seen.all("value")
    assert seen.all("data-least") == ["1"]


def test_a_moment_and_a_rich_text_show_what_they_hold() -> None:
    moment = element("datetimepicker", initial_date_time=1_700_000_000)
    assert 'value="2023-11-14T22:13"' in draw(moment)
    said = {"type": "rich_text_section", "elements": [{"type": "text", "text": "Hi <b>"}]}
    held = {"type": "rich_text", "elements": [said]}
    assert "Hi &lt;b&gt;</textarea>" in draw(element("rich_text_input", initial_value=held))
