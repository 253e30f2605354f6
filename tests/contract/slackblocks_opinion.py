"""Feeds a payload, as plain JSON, to the builders of the `slackblocks` package.

The builders know Slack's limits on their own account; whether they take a payload is a second
opinion on whether Slack would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import slackblocks as sb
from slackblocks import rich_text
from slackblocks.elements import FeedbackButton
from slackblocks.objects import (
    AreaChart,
    AxisConfig,
    BarChart,
    ChartSegment,
    DataPoint,
    DataSeries,
    LineChart,
    PieChart,
    SlackIcon,
)

REFUSALS = (
    sb.InvalidUsageError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a builder raises; a TypeError is also a field, a LookupError a type, that it does not have."""


def _text(**fields: Any) -> sb.Text:
    kind = sb.TextType(fields.pop("type"))
    return sb.Text(fields.pop("text"), type_=kind, **fields)


def _date_time_picker(**fields: Any) -> sb.DateTimePicker:
    initial = fields.pop("initial_date_time", None)
    return sb.DateTimePicker(initial_datetime=initial, **fields)


def _slack_file(**fields: Any) -> sb.SlackFile:
    return sb.SlackFile(**{"url": None, **fields})


def _rich_piece(builder: Callable[..., Any], **fields: Any) -> Any:
    style = fields.pop("style", {})
    if "usergroup_id" in fields:
        fields["user_group_id"] = fields.pop("usergroup_id")
    return builder(**fields, **style)


def _rich(name: str) -> Callable[..., Any]:
    builder = getattr(rich_text, name)
    return lambda **fields: _rich_piece(builder, **fields)


_TYPED: Mapping[str, Callable[..., Any]] = {
    "actions": sb.ActionsBlock,
    "alert": sb.AlertBlock,
    "area": AreaChart,
    "bar": BarChart,
    "button": sb.Button,
    "card": sb.CardBlock,
    "carousel": sb.CarouselBlock,
    "channel": _rich("RichTextChannel"),
    "channels_select": sb.ChannelSelectMenu,
    "checkboxes": sb.CheckboxGroup,
    "container": sb.ContainerBlock,
    "context": sb.ContextBlock,
    "context_actions": sb.ContextActionsBlock,
    "conversations_select": sb.ConversationSelectMenu,
    "data_table": sb.DataTableBlock,
    "data_visualization": sb.DataVisualizationBlock,
    "datepicker": sb.DatePicker,
    "datetimepicker": _date_time_picker,
    "divider": sb.DividerBlock,
    "email_text_input": sb.EmailInput,
    "emoji": _rich("RichTextEmoji"),
    "external_select": sb.ExternalSelectMenu,
    "feedback_buttons": sb.FeedbackButtons,
    "file": sb.FileBlock,
    "file_input": sb.FileInput,
    "header": sb.HeaderBlock,
    "icon": SlackIcon,
    "icon_button": sb.IconButton,
    "image": sb.ImageBlock,
    "input": sb.InputBlock,
    "line": LineChart,
    "link": _rich("RichTextLink"),
    "markdown": sb.MarkdownBlock,
    "multi_channels_select": sb.ChannelMultiSelectMenu,
    "multi_conversations_select": sb.ConversationMultiSelectMenu,
    "multi_external_select": sb.ExternalMultiSelectMenu,
    "multi_static_select": sb.StaticMultiSelectMenu,
    "multi_users_select": sb.UserMultiSelectMenu,
    "number_input": sb.NumberInput,
    "overflow": sb.OverflowMenu,
    "pie": PieChart,
    "plain_text_input": sb.PlainTextInput,
    "plan": sb.PlanBlock,
    "radio_buttons": sb.RadioButtonGroup,
    "raw_number": sb.RawNumber,
    "raw_text": sb.RawText,
    "rich_text": sb.RichTextBlock,
    "rich_text_input": sb.RichTextInput,
    "rich_text_list": sb.RichTextList,
    "rich_text_preformatted": sb.RichTextCodeBlock,
    "rich_text_quote": sb.RichTextQuote,
    "rich_text_section": sb.RichTextSection,
    "section": sb.SectionBlock,
    "static_select": sb.StaticSelectMenu,
    "table": sb.TableBlock,
    "task_card": sb.TaskCardBlock,
    "text": _rich("RichText"),
    "timepicker": sb.TimePicker,
    "url": sb.URLSource,
    "url_text_input": sb.URLInput,
    "user": _rich("RichTextUser"),
    "usergroup": _rich("RichTextUserGroup"),
    "users_select": sb.UserSelectMenu,
    "video": sb.VideoBlock,
    "workflow_button": sb.WorkflowButton,
}

_UNTYPED: Mapping[str, Callable[..., Any]] = {
    "axis_config": AxisConfig,
    "column_settings": sb.ColumnSettings,
    "confirm": sb.ConfirmationDialogue,
    "data": DataPoint,
    "dispatch_action_config": sb.DispatchActionConfiguration,
    "filter": sb.ConversationFilter,
    "initial_option": sb.Option,
    "initial_options": sb.Option,
    "negative_button": FeedbackButton,
    "option_groups": sb.OptionGroup,
    "options": sb.Option,
    "positive_button": FeedbackButton,
    "segments": ChartSegment,
    "series": DataSeries,
    "slack_file": _slack_file,
    "style": dict,
    "tasks": sb.TaskCardBlock,
    "trigger": sb.Trigger,
    "workflow": sb.Workflow,
}
"""Objects without a `type`, told by the field that holds them."""

_ELEMENT_PLACES = {"accessory", "hero_image", "icon"}


def _build(value: Any, place: str, inside: str = "") -> Any:
    if place == "metadata":
        return value
    if isinstance(value, list):
        return [_build(one, place, inside) for one in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("type", "")
    fields = {key: _build(one, key, kind) for key, one in value.items() if key != "type"}
    if kind in {"plain_text", "mrkdwn"}:
        return _text(type=kind, **fields)
    if kind == "image" and (place in _ELEMENT_PLACES or inside == "context"):
        return sb.Image(**fields)
    if kind == "rich_text" and inside == "table":
        return fields["elements"][0]
    if kind:
        return _TYPED[kind](**fields)
    return _UNTYPED[place](**fields)


def build(payload: Mapping[str, Any], surface: str) -> object:
    """The whole message or view, built; raises one of REFUSALS."""
    fields = {key: _build(value, key) for key, value in payload.items() if key != "type"}
    match surface:
        case "message":
            return sb.Message(channel="C012AB3CD", **fields)
        case "modal":
            return sb.ModalView(**fields)
        case _:
            return sb.HomeTabView(**fields)


def takes(payload: Mapping[str, Any], surface: str) -> bool:
    """Whether the builders take the payload."""
    try:
        build(payload, surface)
    except REFUSALS:
        return False
    return True
