"""`assistant.threads.*`, `agents.sessions.setStatus`: what an agent shows while it works."""

from __future__ import annotations

from typing import Any

from playground.agents import SESSION_STATES, AgentThread
from playground.records import Json
from playground.web_api.calls import Call, Method, SlackError

_MOST_PROMPTS = 4
_MOST_LOADING_MESSAGES = 10
_LONGEST_TITLE = 200


def _thread(call: Call, error: str) -> AgentThread:
    """Return the thread that the call names; answers `channel_not_found` or `error`."""
    channel, thread_ts = call.channel(call.text("channel_id")), call.required("thread_ts")
    if call.installation.bot_user not in channel.members:
        raise SlackError("channel_not_found")
    named = call.state.find_message(call.team_id, channel.id, thread_ts)
    if named is None:
        raise SlackError(error)
    root = named.thread_ts if named.is_reply else named.ts
    return call.state.agents.of(call.team_id, channel.id, root)


def _set_status(call: Call) -> Json:
    thread = _thread(call, "invalid_thread_ts")
    if "status" not in call.args:
        call.required("status")
    loading = call.structure("loading_messages") or []
    if not isinstance(loading, list) or len(loading) > _MOST_LOADING_MESSAGES:
        raise SlackError("invalid_arguments")
    thread.status, thread.status_at = call.text("status"), call.state.clock.now()
    thread.loading_messages = [str(one) for one in loading] if thread.status else []
    call.state.agents.put(thread)
    return {}


def _set_title(call: Call) -> Json:
    thread = _thread(call, "invalid_thread_ts")
    thread.title = call.required("title")
    call.state.agents.put(thread)
    return {}


def _suggest(call: Call) -> Json:
    if not call.app.agent_view:
        raise SlackError("not_agent_app")
    channel = call.channel(call.text("channel_id"))
    prompts = call.structure("prompts")
    if not _are_prompts(prompts):
        raise SlackError("invalid_arguments")
    # Naming a thread is for the older kind of assistants; for agents Slack does nothing then.
    if not call.text("thread_ts"):
        thread = call.state.agents.of(call.team_id, channel.id)
        thread.prompts, thread.prompts_title = prompts, call.text("title")
        call.state.agents.put(thread)
    return {}


def _are_prompts(prompts: Any) -> bool:
    return (
        isinstance(prompts, list)
        and 1 <= len(prompts) <= _MOST_PROMPTS
        and all(_is_prompt(one) for one in prompts)
    )


def _is_prompt(prompt: Any) -> bool:
    return isinstance(prompt, dict) and all(
        isinstance(prompt.get(name), str) and prompt[name] for name in ("title", "message")
    )


def _set_session(call: Call) -> Json:
    if not call.text("thread_ts"):
        raise SlackError("thread_ts_required")
    status = call.text("status")
    if status not in SESSION_STATES:
        raise SlackError("invalid_status")
    thread = _thread(call, "channel_not_found")
    if not thread.session:
        thread.title = call.text("title")[:_LONGEST_TITLE] or thread.title
    thread.session = status
    call.state.agents.put(thread)
    if "agent_session_stopped" in call.app.events:
        return {}
    return {"warning": "missing_agent_session_stopped_event_subscription"}


METHODS = (
    Method("assistant.threads.setStatus", _set_status, scope="assistant:write,chat:write"),
    Method("assistant.threads.setTitle", _set_title, scope="assistant:write"),
    Method("assistant.threads.setSuggestedPrompts", _suggest, scope="assistant:write"),
    Method("agents.sessions.setStatus", _set_session, scope="chat:write"),
)
