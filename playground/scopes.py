"""The scopes that an app can ask for, with what each lets it do, in words for a person.

https://docs.slack.dev/reference/scopes
"""

from __future__ import annotations

BOT_SCOPES = {
    "app_mentions:read": "See messages that mention it",
    "assistant:write": "Act as an agent: suggest prompts and show what it is doing",
    "bookmarks:read": "See the bookmarks of channels it is in",
    "bookmarks:write": "Change the bookmarks of channels it is in",
    "canvases:read": "See canvases that were shared with it",
    "canvases:write": "Make and change canvases",
    "channels:history": "Read messages in public channels it is in",
    "channels:join": "Join public channels",
    "channels:manage": "Manage public channels it is in, and make new ones",
    "channels:read": "See which public channels there are",
    "chat:write": "Send messages",
    "chat:write.customize": "Send messages under another name and picture",
    "chat:write.public": "Send messages to public channels it is not in",
    "commands": "Add slash commands",
    "dnd:read": "See who does not want to be disturbed",
    "emoji:read": "See custom emoji",
    "files:read": "See files that were shared where it is",
    "files:write": "Upload and change files",
    "groups:history": "Read messages in private channels it was invited to",
    "groups:read": "See the private channels it was invited to",
    "groups:write": "Manage private channels it was invited to",
    "im:history": "Read direct messages with it",
    "im:read": "See the direct messages with it",
    "im:write": "Start direct messages with people",
    "incoming-webhook": "Post to one channel by a link",
    "links:read": "See links to the sites it knows",
    "links:write": "Show previews of links",
    "metadata.message:read": "Read the metadata of messages",
    "mpim:history": "Read group messages it is in",
    "mpim:read": "See the group messages it is in",
    "mpim:write": "Start group messages",
    "pins:read": "See what is pinned where it is",
    "pins:write": "Pin and unpin messages",
    "reactions:read": "See reactions to messages",
    "reactions:write": "React to messages",
    "reminders:read": "See its reminders",
    "reminders:write": "Set reminders",
    "team:read": "See the workspace's name and address",
    "usergroups:read": "See user groups",
    "usergroups:write": "Make and change user groups",
    "users.profile:read": "See people's profiles",
    "users:read": "See who works here, with names and time zones",
    "users:read.email": "See people's e-mail addresses",
    "users:write": "Set whether it is active",
}
USER_SCOPES = {
    "channels:read": "See the public channels you can see",
    "chat:write": "Send messages as you",
    "identity.basic": "Know who you are",
    "search:read": "Search what you can see",
    "users:read": "See who works here, as you",
}


def split(scopes: str) -> list[str]:
    """Return the scopes of a list that is separated by commas or blanks, each once."""
    return list(dict.fromkeys(scopes.replace(",", " ").split()))
