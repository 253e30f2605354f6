"""What Slack's documentation says about texts and blocks, case by case."""

from __future__ import annotations

from tests.contract.validation_examples import (
    Case,
    actions,
    button,
    image,
    message,
    mrkdwn,
    plain,
    rich,
    rich_section,
    section,
    video,
    words,
)

COERCED = "the builder turns markup into plain text instead of refusing it"
UNCHECKED = "the builder passes this value on unchecked; the reference demands it"
ANY_URL = "the builder counts a URL's characters but does not read it"

TEXTS = [
    Case("mrkdwn text", message(section())),
    Case("plain text with emoji", message(section(text=plain(emoji=True)))),
    Case("3,000 characters", message(section(text=mrkdwn("x" * 3000)))),
    Case("3,001 characters", message(section(text=mrkdwn("x" * 3001))), "/blocks/0/text/text"),
    Case("an empty text", message(section(text=mrkdwn(""))), "/blocks/0/text/text"),
    Case(
        "emoji in markup",
        message(section(text=mrkdwn(emoji=True))),
        "/blocks/0/text/emoji",
        builders="laxer",
        why="the builder drops the flag; Slack answers invalid_blocks",
    ),
    Case(
        "verbatim in plain text",
        message(section(text=plain(verbatim=True))),
        "/blocks/0/text/verbatim",
        builders="laxer",
        why="the builder drops the flag; Slack answers invalid_blocks",
    ),
    Case("verbatim in markup", message(section(text=mrkdwn(verbatim=False)))),
    Case(
        "a text type that does not exist",
        message(section(text={"type": "text", "text": "x"})),
        "/blocks/0/text/type",
    ),
    Case(
        "a text that is a string",
        message(section(text="x")),
        "/blocks/0/text",
        builders="laxer",
        why="the builder makes a text object of it",
    ),
    Case("a number as text", message(section(text=mrkdwn(7))), "/blocks/0/text/text"),
]

BLOCKS = [
    Case("an unknown block", message({"type": "marquee"}), "/blocks/0/type"),
    Case("a block without type", message({"text": plain()}), "/blocks/0/type"),
    Case("an unknown field", message({"type": "divider", "color": "red"}), "/blocks/0/color"),
    Case("divider", message({"type": "divider"})),
    Case("header", message({"type": "header", "text": plain("x" * 150)})),
    Case(
        "header of 151",
        message({"type": "header", "text": plain("x" * 151)}),
        "/blocks/0/text/text",
    ),
    Case(
        "header with markup",
        message({"type": "header", "text": mrkdwn()}),
        "/blocks/0/text/type",
        builders="laxer",
        why=COERCED,
    ),
    Case("header without text", message({"type": "header"}), "/blocks/0/text"),
    Case("section with fields only", message({"type": "section", "fields": [mrkdwn()] * 10})),
    Case("section with 11 fields", message(section(fields=[mrkdwn()] * 11)), "/blocks/0/fields"),
    Case("a field of 2,000", message(section(fields=[mrkdwn("x" * 2000)]))),
    Case(
        "a field of 2,001", message(section(fields=[mrkdwn("x" * 2001)])), "/blocks/0/fields/0/text"
    ),
    Case("section with nothing", message({"type": "section"}), "/blocks/0"),
    Case("section with image", message(section(accessory=image()))),
    Case(
        "section with an input",
        message(section(accessory={"type": "number_input", "is_decimal_allowed": False})),
        "/blocks/0/accessory/type",
        builders="laxer",
        why="the builder takes any element as accessory; the reference lists which fit",
    ),
    Case("context", message({"type": "context", "elements": [mrkdwn(), plain(), image()]})),
    Case("context with 10", message({"type": "context", "elements": [mrkdwn()] * 10})),
    Case(
        "context with 11",
        message({"type": "context", "elements": [mrkdwn()] * 11}),
        "/blocks/0/elements",
    ),
    Case(
        "context with a button",
        message({"type": "context", "elements": [button()]}),
        "/blocks/0/elements/0/type",
    ),
    Case("actions with 25", message(actions(*[button(action_id=f"a{i}") for i in range(25)]))),
    Case(
        "actions with 26",
        message(actions(*[button(action_id=f"a{i}") for i in range(26)])),
        "/blocks/0/elements",
    ),
    Case(
        "actions with nothing",
        message(actions()),
        "/blocks/0/elements",
        builders="laxer",
        why="the builder has no minimum; Slack answers that elements needs at least one",
    ),
    Case(
        "two equal action ids",
        message(actions(button(), button())),
        "/blocks/0/elements/1/action_id",
        builders="laxer",
        why="the builder does not compare; the reference: unique in the containing block",
    ),
    Case("equal action ids in two blocks", message(actions(button()), actions(button()))),
    Case("image block", message(image(title=plain("A")))),
    Case(
        "image by file",
        message({"type": "image", "alt_text": "A", "slack_file": {"id": "FABCDEFGH"}}),
    ),
    Case("image without source", message({"type": "image", "alt_text": "A"}), "/blocks/0"),
    Case("image with two sources", message(image(slack_file={"id": "FABCDEFGH"})), "/blocks/0"),
    Case(
        "image without alt_text",
        message({"type": "image", "image_url": "https://example.com/a.png"}),
        "/blocks/0/alt_text",
        builders="laxer",
        why="the builder fills in a blank",
    ),
    Case(
        "image from a script",
        message(image(image_url="javascript:alert(1)")),
        "/blocks/0/image_url",
        builders="laxer",
        why=ANY_URL,
    ),
    Case(
        "image with an alt_text of 2,001", message(image(alt_text="x" * 2001)), "/blocks/0/alt_text"
    ),
    Case("file", message({"type": "file", "external_id": "A", "source": "remote"})),
    Case(
        "file that is not remote",
        message({"type": "file", "external_id": "A", "source": "local"}),
        "/blocks/0/source",
        builders="laxer",
        why=UNCHECKED,
    ),
    Case("markdown", message({"type": "markdown", "text": "x" * 12_000})),
    Case(
        "markdown of 12,001", message({"type": "markdown", "text": "x" * 12_001}), "/blocks/0/text"
    ),
    Case(
        "two markdown blocks of 12,001 together",
        message({"type": "markdown", "text": "x" * 6000}, {"type": "markdown", "text": "x" * 6001}),
        "/blocks/1",
    ),
    Case("video", message(video(title_url="https://example.com", description=plain("x" * 199)))),
    Case(
        "video over http",
        message(video(video_url="http://example.com/film")),
        "/blocks/0/video_url",
        builders="laxer",
        why=ANY_URL,
    ),
    Case(
        "video without thumbnail",
        message({k: v for k, v in video().items() if k != "thumbnail_url"}),
        "/blocks/0/thumbnail_url",
    ),
    Case(
        "video title of 200",
        message(video(title=plain("x" * 200))),
        "/blocks/0/title/text",
        builders="laxer",
        why='the reference says "less than 200", the builder allows 200',
    ),
    Case("a block_id of 255", message(section(block_id="x" * 255))),
    Case("a block_id of 256", message(section(block_id="x" * 256)), "/blocks/0/block_id"),
    Case(
        "two equal block ids",
        message(section(block_id="a"), section(block_id="a")),
        "/blocks/1/block_id",
        builders="laxer",
        why="the builder does not compare; the reference: unique in a message",
    ),
]

RICH = [
    Case(
        "rich text",
        message(
            rich(
                rich_section(
                    words(style={"bold": True}),
                    {"type": "link", "url": "https://example.com", "text": "there"},
                    {"type": "emoji", "name": "wave"},
                    {"type": "user", "user_id": "U012AB3CD"},
                    {"type": "channel", "channel_id": "C012AB3CD"},
                    {"type": "usergroup", "usergroup_id": "S012AB3CD"},
                )
            )
        ),
    ),
    Case(
        "rich list, quote and code",
        message(
            rich(
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [rich_section(words())],
                    "indent": 8,
                    "offset": 1,
                    "border": 1,
                },
                {"type": "rich_text_quote", "elements": [words()]},
                {"type": "rich_text_preformatted", "elements": [words()], "border": 0},
            )
        ),
    ),
    Case(
        "rich pieces the builders do not have",
        message(
            rich(
                rich_section(
                    {"type": "broadcast", "range": "here"},
                    {"type": "color", "value": "#F405B3"},
                    {"type": "team", "team_id": "T012AB3CD"},
                    {
                        "type": "date",
                        "timestamp": 1720710212,
                        "format": "{date_num}",
                        "fallback": "then",
                    },
                )
            )
        ),
        builders="stricter",
        why="broadcast, color, team and date are in the reference",
    ),
    Case("rich text with nothing", message(rich()), "/blocks/0/elements"),
    Case(
        "rich section with nothing", message(rich(rich_section())), "/blocks/0/elements/0/elements"
    ),
    Case("rich text with a plain piece", message(rich(words())), "/blocks/0/elements/0/type"),
    Case(
        "rich text with an empty piece",
        message(rich(rich_section(words("")))),
        "/blocks/0/elements/0/elements/0/text",
        builders="laxer",
        why=UNCHECKED,
    ),
    Case(
        "rich text with an unknown style",
        message(rich(rich_section(words(style={"blink": True})))),
        "/blocks/0/elements/0/elements/0/style/blink",
    ),
    Case(
        "rich list too deep",
        message(
            rich(
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [rich_section(words())],
                    "indent": 9,
                }
            )
        ),
        "/blocks/0/elements/0/indent",
    ),
    Case(
        "rich list of letters",
        message(
            rich({"type": "rich_text_list", "style": "alpha", "elements": [rich_section(words())]})
        ),
        "/blocks/0/elements/0/style",
    ),
    Case(
        "a mention in code",
        message(
            rich(
                {
                    "type": "rich_text_preformatted",
                    "elements": [{"type": "user", "user_id": "U012AB3CD"}],
                }
            )
        ),
        "/blocks/0/elements/0/elements/0/type",
        builders="laxer",
        why="Slack's types allow text and links there; the builder allows every piece",
    ),
]
