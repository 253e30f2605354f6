"""Speaks to Slack's Web API and translates its refusals into our three kinds of error, once."""

from bot.integrations.slack.calls import new_client, new_session
from bot.integrations.slack.oauth import SlackAppOAuth, who_owns
from bot.integrations.slack.workspaces import SlackClientsByToken, SlackWorkspace

__all__ = [
    "SlackAppOAuth",
    "SlackClientsByToken",
    "SlackWorkspace",
    "new_client",
    "new_session",
    "who_owns",
]
