"""The rich_text block, its four containers and the pieces they hold.

Structure: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from __future__ import annotations

from playground.validation.compositions import ANY_LINK, block_id, slack_id
from playground.validation.shapes import (
    Check,
    Fields,
    array,
    boolean,
    integer,
    one_of,
    shape,
    string,
    tagged,
    url,
)


def _style(*flags: str) -> Check:
    return shape(None, {}, dict.fromkeys(flags, boolean))


_TEXT_STYLE: Fields = {"style": _style("bold", "italic", "strike", "code", "underline")}
_MENTION_STYLE: Fields = {
    "style": _style(
        "bold", "italic", "strike", "highlight", "client_highlight", "unlink", "underline"
    )
}

PIECES: Fields = {
    "text": shape("text", {"text": string()}, _TEXT_STYLE),
    "link": shape(
        "link", {"url": url(*ANY_LINK)}, {"text": string(), "unsafe": boolean, **_TEXT_STYLE}
    ),
    "emoji": shape(
        "emoji",
        {"name": string()},
        {"unicode": string(), "skin_tone": integer(at_least=1, at_most=6), **_TEXT_STYLE},
    ),
    "user": shape("user", {"user_id": slack_id}, _MENTION_STYLE),
    "channel": shape("channel", {"channel_id": slack_id}, _MENTION_STYLE),
    "usergroup": shape("usergroup", {"usergroup_id": slack_id}, _MENTION_STYLE),
    "team": shape("team", {"team_id": slack_id}, _MENTION_STYLE),
    "broadcast": shape("broadcast", {"range": one_of("here", "channel", "everyone")}, _TEXT_STYLE),
    "color": shape(
        "color",
        {"value": string(pattern=r"#[0-9A-Fa-f]{6}", hint="must be a colour such as #F405B3")},
        _TEXT_STYLE,
    ),
    "date": shape(
        "date",
        {"timestamp": integer(at_least=0), "format": string()},
        {"url": url(*ANY_LINK), "fallback": string(), **_TEXT_STYLE},
    ),
}

_pieces = array(tagged(PIECES), at_least=1)
_BORDER: Fields = {"border": integer(at_least=0, at_most=1)}
_section = shape("rich_text_section", {"elements": _pieces})

rich_text = shape(
    "rich_text",
    {
        "elements": array(
            tagged(
                {
                    "rich_text_section": _section,
                    "rich_text_list": shape(
                        "rich_text_list",
                        {
                            "style": one_of("bullet", "ordered"),
                            "elements": array(_section, at_least=1),
                        },
                        {
                            "indent": integer(at_least=0, at_most=8),
                            "offset": integer(at_least=0),
                            **_BORDER,
                        },
                    ),
                    "rich_text_preformatted": shape(
                        "rich_text_preformatted",
                        {
                            "elements": array(
                                tagged({kind: PIECES[kind] for kind in ("text", "link")}),
                                at_least=1,
                            )
                        },
                        {"language": string(), **_BORDER},
                    ),
                    "rich_text_quote": shape("rich_text_quote", {"elements": _pieces}, _BORDER),
                }
            ),
            at_least=1,
        )
    },
    {"block_id": block_id},
)
