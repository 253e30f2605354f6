"""Names for the ids we pass around, so that one is never taken for another."""

from __future__ import annotations

from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)
"""Slack's team id (`T…`): the tenant."""

MemberId = NewType("MemberId", int)
SurveyId = NewType("SurveyId", int)
PartId = NewType("PartId", int)
RepositoryId = NewType("RepositoryId", int)
SlackUserId = NewType("SlackUserId", str)
SlackChannelId = NewType("SlackChannelId", str)
GithubLogin = NewType("GithubLogin", str)
"""A GitHub login in lower case: GitHub treats `Ada` and `ada` as one."""
