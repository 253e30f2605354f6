"""What people do on the page: taps, menus, modals, messages, commands and pull requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from playground.contributors import repository_of
from playground.elements import chosen, find
from playground.github import GitHub
from playground.page.emojis import emoji_named
from playground.page.unread import mark_seen
from playground.page.viewers import Viewer
from playground.people import Done, Person
from playground.pull_requests import Sign
from playground.records import Channel, Json, Message, View
from playground.server import Playground

_POST_WITHIN_S = 2.5
_REPOSITORIES = ("orders", "web", "infra")


@dataclass(frozen=True, slots=True)
class Doing:
    """Somebody doing something, with what the browser sent along."""

    viewer: Viewer
    github: GitHub
    args: Json

    @property
    def slack(self) -> Playground:
        """The playground."""
        return self.viewer.slack

    @property
    def person(self) -> Person:
        """Who does it, towards the app; raises LookupError where there is none."""
        return self.viewer.acting

    def word(self, name: str) -> str:
        """Return a text the browser sent, "" if it did not."""
        return str(self.args.get(name) or "").strip()

    def channel(self, key: str) -> Channel:
        """Return a channel this person can read; raises LookupError."""
        for channel in self.viewer.channels():
            if channel.id == key:
                return channel
        raise LookupError("That channel is not there.")


Action = Callable[[Doing], Awaitable[Json]]


async def _click(doing: Doing) -> Json:
    """Use an element; what a stale screen still shows is sent too, as Slack does."""
    source = _source(doing, doing.word("at"))
    try:
        return _told(await _use(doing, source, forged=False))
    except LookupError:
        return _told(await _use(doing, source, forged=True))


async def _suggest(doing: Doing) -> Json:
    """Ask the app what a menu offers for the words typed so far; nothing if it does not know."""
    source, action_id = _source(doing, doing.word("at")), doing.word("action")
    try:
        options = await doing.person.look_up(
            source, action_id, doing.word("text"), block_id=doing.word("block")
        )
    except LookupError:
        options = []
    return {"ok": True, "options": options}


async def _use(doing: Doing, source: Message | View, *, forged: bool) -> Done:
    action_id, choice = doing.word("action"), doing.args.get("choice")
    block_id, person = doing.word("block"), doing.person
    if isinstance(source, View):
        return await person.click_in(source, action_id, choice, block_id=block_id, forged=forged)
    return await person.click(source, action_id, choice, block_id=block_id, forged=forged)


def _source(doing: Doing, where: str) -> Message | View:
    for view in (doing.person.modal, doing.person.home):
        if view is not None and view.id == where:
            return view
    channel_id, _, ts = where.partition("/")
    for mine in doing.person.ephemerals:
        if (mine.channel, mine.ts) == (channel_id, ts):
            return mine
    channel = doing.channel(channel_id)
    message = doing.slack.state.find_message(channel.team_id, channel.id, ts)
    if message is None:
        raise LookupError("That message is gone.")
    return message


def _told(done: Done) -> Json:
    return {"ok": done.ok}


async def _submit(doing: Doing) -> Json:
    view = _modal(doing)
    for block_id, entered in dict(doing.args.get("values") or {}).items():
        for action_id, choice in dict(entered).items():
            element = find(view.blocks, action_id, block_id=block_id)
            held = {"type": element.type, **chosen(element, choice)}
            view.values.setdefault(block_id, {})[action_id] = held
    try:
        done = await doing.person.submit()
    except LookupError:
        raise LookupError("Please fill in every required field.") from None
    name = doing.slack.state.apps[view.app_id].name
    return _told(done) if done.ok else {"ok": False, "say": f"{name} did not answer. Try again."}


async def _close(doing: Doing) -> Json:
    _modal(doing)
    await doing.person.close_modal()
    return {"ok": True}


def _modal(doing: Doing) -> View:
    view = doing.person.modal
    if view is None or view.id != doing.word("view"):
        raise LookupError("That dialog is closed already.")
    return view


async def _say(doing: Doing) -> Json:
    """Send what was typed: a command if it begins with a slash."""
    text, channel, thread = doing.word("text"), doing.word("channel"), doing.word("thread")
    if not text:
        return {"ok": True}
    if channel:
        doing.channel(channel)
    if text.startswith("/"):
        name, _, rest = text.partition(" ")
        return _told(await doing.person.command(name, rest.strip(), channel=channel))
    if not doing.viewer.has_app:
        return _say_among_people(doing, text, channel)
    doing.slack.deliveries.start(doing.person.write(text, channel=channel, thread_ts=thread))
    return {"ok": True}


def _say_among_people(doing: Doing, text: str, channel: str) -> Json:
    """Post where no app listens."""
    state, viewer = doing.slack.state, doing.viewer
    where = doing.channel(channel)
    thread = doing.word("thread")
    state.post(
        Message(
            viewer.team_id, where.id, state.next_ts(), text, user=viewer.user.id, thread_ts=thread
        )
    )
    return {"ok": True}


async def _open_home(doing: Doing) -> Json:
    """Tell the app which of its tabs is open; it publishes its Home in its own time."""
    tab = "messages" if doing.word("tab") == "messages" else "home"
    doing.slack.deliveries.start(doing.person.open_home(tab))
    return {"ok": True}


async def _prompt(doing: Doing) -> Json:
    """Send what the agent suggests."""
    doing.slack.deliveries.start(doing.person.choose_prompt(doing.word("title")))
    return {"ok": True}


async def _stop(doing: Doing) -> Json:
    """Stop the agent in the middle of its answer."""
    doing.slack.deliveries.start(doing.person.stop_agent(_posted(doing)))
    return {"ok": True}


async def _react(doing: Doing) -> Json:
    """Put an emoji under a message, or take it away."""
    name = doing.word("emoji")
    if emoji_named(name) is None:
        raise LookupError("There is no such emoji.")
    doing.person.react(_posted(doing), name)
    return {"ok": True}


def _posted(doing: Doing) -> Message:
    source = _source(doing, doing.word("at"))
    if isinstance(source, Message):
        return source
    raise LookupError("That is no message.")


async def _seen(doing: Doing) -> Json:
    channel, me = doing.channel(doing.word("channel")), doing.viewer.user.id
    mark_seen(doing.slack.state, channel, me)
    if thread := doing.word("thread"):
        mark_seen(doing.slack.state, channel, me, thread=thread)
    return {"ok": True}


async def _close_hint(doing: Doing) -> Json:
    doing.slack.state.put_document("hint", doing.viewer.team_id, {"closed": True})
    return {"ok": True}


async def _close_notices(doing: Doing) -> Json:
    key = f"{doing.viewer.team_id}/{doing.viewer.user.id}"
    doing.slack.state.put_document("notices", key, {"closed_at": doing.slack.clock.now()})
    return {"ok": True}


def _story(doing: Doing) -> dict[str, Any]:
    chosen_sign = Sign(doing.word("sign") or "none")
    return {"title": doing.word("title")[:200], "sign": chosen_sign}


def _repository(doing: Doing) -> str:
    theirs = repository_of(doing.slack.state, doing.viewer.team_id)
    if theirs is not None:
        return theirs
    name = _REPOSITORIES[len(doing.github.pull_requests()) % len(_REPOSITORIES)]
    return f"{doing.viewer.workspace.domain}/{name}"


def _reported(doing: Doing, said: str) -> Json:
    """Return what to say, and whether the webhooks about it arrived."""
    if not doing.github.heard:
        return {"ok": True, "say": f"{said} GitHub told nobody: the App may not hear of it now."}
    last = doing.github.deliveries[-1]
    if 200 <= last.status < 300:
        return {"ok": True, "say": said}
    why = f"status {last.status}" if last.status else "nobody answered"
    return {"ok": False, "say": f"{said} But the webhook was not taken: {why}."}


async def _merge_story(doing: Doing) -> Json:
    named = dict.fromkeys((doing.word("first"), doing.word("second")))
    approvers = [login for login in named if login]
    pr = await doing.github.merge_story(
        _repository(doing), doing.word("author"), approvers, **_story(doing)
    )
    return _reported(doing, f"Merged #{pr.number} “{pr.title}”.")


async def _open_pr(doing: Doing) -> Json:
    pr = await doing.github.open(_repository(doing), doing.word("author"), **_story(doing))
    return _reported(doing, f"Opened #{pr.number} “{pr.title}”.")


async def _review(doing: Doing) -> Json:
    pr = doing.github.find(doing.word("pr"))
    await doing.github.review(pr, doing.word("reviewer"), doing.word("state") or "approved")
    return {"ok": True}


async def _dismiss(doing: Doing) -> Json:
    pr = doing.github.find(doing.word("pr"))
    await doing.github.dismiss(pr, doing.word("reviewer"), by=pr.author)
    return {"ok": True}


async def _merge(doing: Doing) -> Json:
    pr = doing.github.find(doing.word("pr"))
    await doing.github.merge(pr, by=doing.viewer.user.github or pr.author)
    return _reported(doing, f"Merged #{pr.number}.")


async def _close_pr(doing: Doing) -> Json:
    pr = doing.github.find(doing.word("pr"))
    await doing.github.close(pr, by=doing.viewer.user.github or pr.author)
    return _reported(doing, f"Closed #{pr.number} without merging.")


async def _post_leaderboard(doing: Doing) -> Json:
    """Type the command as the workspace's admin, and go where the app then posts."""
    state, person = doing.slack.state, doing.person
    admin = next((one for one in state.people(person.team_id) if one.is_admin), person.user)
    typing = doing.slack.person(admin.id, team_id=person.team_id)
    name, before = state.apps[person.installation.app_id].commands[0], state.next_ts()
    done = await typing.command(name, "leaderboard post")
    try:
        channel = await doing.slack.until(
            lambda: _posted_since(doing, before), timeout_s=_POST_WITHIN_S
        )
    except TimeoutError:
        answers = [one.text for one in typing.ephemerals if one.ts > before]
        said = answers[-1] if answers else "Nothing was posted."
        return {**_told(done), "say": f"{admin.real_name} typed {name} leaderboard post. {said}"}
    go = doing.viewer.address(channel)
    return {**_told(done), "say": f"{admin.real_name} typed {name} leaderboard post.", "go": go}


def _posted_since(doing: Doing, ts: str) -> str:
    """Return the channel the app posted to after that moment; "" if it did not."""
    for channel in doing.viewer.channels():
        newest = doing.slack.state.history(channel.team_id, channel.id)[-1:]
        if not channel.is_im and any(one.bot_id and one.ts > ts for one in newest):
            return channel.id
    return ""


ACTIONS: dict[str, Action] = {
    "click": _click,
    "suggest": _suggest,
    "submit": _submit,
    "close": _close,
    "say": _say,
    "open-home": _open_home,
    "prompt": _prompt,
    "react": _react,
    "stop": _stop,
    "seen": _seen,
    "close-hint": _close_hint,
    "close-notices": _close_notices,
    "merge-story": _merge_story,
    "open-pr": _open_pr,
    "review": _review,
    "dismiss": _dismiss,
    "merge": _merge,
    "close-pr": _close_pr,
    "post-leaderboard": _post_leaderboard,
}
