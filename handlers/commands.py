"""`/copilot …`: a word in, an answer for the asker alone out, within the acknowledgement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.ids import WorkspaceId
from bot.errors import UserError
from bot.ports import Transaction
from bot.use_cases import attributions, leaderboards, members
from bot.use_cases.runs import admins
from bot.use_cases.syncs import SYNC
from bot.views import commands as words
from bot.views import members as choices
from bot.views.blocks import Message, note
from bot.views.texts import escaped
from handlers.desk import Desk
from handlers.payloads import workspace_of
from handlers.runs import run_number


@dataclass(frozen=True, slots=True)
class Command:
    """One `/copilot` as it was typed; `words` are what follows, in lower case."""

    user: str
    text: str
    words: tuple[str, ...]


_Answer = Callable[[Transaction, Command, Desk], Awaitable[Message]]


def register(app: AsyncApp, desk: Desk) -> None:
    @app.command("/copilot")
    async def copilot(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        text = body["text"].strip()
        command = Command(body["user_id"], text, tuple(text.lower().split()))
        message = await _answer(workspace_of(body), command, desk)
        await ack(response_type="ephemeral", **message)


async def _answer(workspace_id: WorkspaceId, command: Command, desk: Desk) -> Message:
    """Nothing is promised in a workspace in which we cannot speak."""
    if await desk.slacks.is_locked(workspace_id):
        return words.locked()
    try:
        async with desk.db.transaction(workspace_id, name="command") as tx:
            return await _answering(command.words)(tx, command, desk)
    except UserError as error:
        return note(escaped(str(error), 1000))


def _answering(typed: tuple[str, ...]) -> _Answer:
    """Who answers these words; some are followed by what they are about."""
    if len(typed) == 2 and typed[0] in _ABOUT_SOMETHING:
        return _ABOUT_SOMETHING[typed[0]]
    return _ANSWERS.get(typed, _unknown)


async def _help(tx: Transaction, command: Command, desk: Desk) -> Message:
    return words.help_text()


async def _leaderboard(tx: Transaction, command: Command, desk: Desk) -> Message:
    return await leaderboards.show(tx)


async def _post(tx: Transaction, command: Command, desk: Desk) -> Message:
    await leaderboards.post_now(tx, command.user, now=desk.now())
    return words.posted()


async def _my_stats(tx: Transaction, command: Command, desk: Desk) -> Message:
    return await leaderboards.stats_of(tx, command.user)


async def _mine(tx: Transaction, command: Command, desk: Desk) -> Message:
    return await attributions.mine(tx, command.user)


async def _evidence(tx: Transaction, command: Command, desk: Desk) -> Message:
    return await attributions.evidence(tx, command.user, "".join(command.words[1:]))


async def _pause(tx: Transaction, command: Command, desk: Desk) -> Message:
    await members.stop(tx, command.user, now=desk.now())
    return choices.stopped()


async def _resume(tx: Transaction, command: Command, desk: Desk) -> Message:
    await members.resume(tx, command.user, now=desk.now())
    return choices.resumed()


async def _runs(tx: Transaction, command: Command, desk: Desk) -> Message:
    return await admins.latest(tx, command.user, desk.kinds)


async def _run(tx: Transaction, command: Command, desk: Desk) -> Message:
    run_id = run_number("".join(command.words[1:]))
    return await admins.follow(tx, command.user, run_id, now=desk.now())


async def _retry(tx: Transaction, command: Command, desk: Desk) -> Message:
    run_id = run_number("".join(command.words[1:]))
    return await admins.retry_now(tx, command.user, run_id, now=desk.now())


async def _sync(tx: Transaction, command: Command, desk: Desk) -> Message:
    return await admins.start_now(tx, command.user, SYNC, desk.kinds, now=desk.now())


async def _unknown(tx: Transaction, command: Command, desk: Desk) -> Message:
    return words.unknown(command.text)


_ANSWERS: dict[tuple[str, ...], _Answer] = {
    (): _help,
    ("evidence",): _evidence,
    ("help",): _help,
    ("leaderboard",): _leaderboard,
    ("leaderboard", "post"): _post,
    ("mine",): _mine,
    ("mystats",): _my_stats,
    ("pause",): _pause,
    ("resume",): _resume,
    ("retry",): _retry,
    ("run",): _run,
    ("runs",): _runs,
    ("sync",): _sync,
}
_ABOUT_SOMETHING: dict[str, _Answer] = {"evidence": _evidence, "retry": _retry, "run": _run}
