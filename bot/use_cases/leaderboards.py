"""Counts the leaderboard and posts it: once for every week's slot, or when an admin says now."""

from __future__ import annotations

from datetime import datetime

from bot.domain.leaderboards import (
    WINDOW,
    Count,
    champions,
    last_slot,
    rank,
    team_facts,
    week_of,
)
from bot.domain.members import names_allowed
from bot.domain.reveals import score
from bot.domain.workspaces import Game
from bot.errors import UserError
from bot.ports import Job, Show, Transaction
from bot.use_cases.games import require_admin
from bot.use_cases.members import require_member
from bot.views.blocks import Message
from bot.views.commands import MyStats, my_stats
from bot.views.leaderboards import WeeklyPost, none_yet, weekly_post
from storage import audits, games, leaderboards, members, outbox, surveys
from storage.leaderboards import Counted, Said

POST = "leaderboards.post"


async def enqueue_due(tx: Transaction, *, now: datetime) -> int:
    """Queue the last slot of every workspace's schedule; `tx` is a routing transaction.

    It may be queued again and again until the next slot; `post` claims its week once, so a schedule
    that is moved in the middle of a week gives no second post.
    """
    due = 0
    for schedule in await games.schedules(tx):
        slot = last_slot(
            now, weekday=schedule.weekday, hour=schedule.hour, timezone=schedule.timezone
        )
        if slot > schedule.effective_from:
            stamp = slot.strftime("%Y-%m-%dT%H:%M")
            key = f"cron:leaderboard:{schedule.workspace_id}:{stamp}"
            week = week_of(slot, schedule.timezone)
            tx.enqueue(Job(POST, schedule.workspace_id, week, key))
            due += 1
    return due


async def post(tx: Transaction, slot: str, *, now: datetime) -> bool:
    """Post the leaderboard of a slot, once; false when it was posted, or there is no channel.

    `slot` is a week (`2026-W48`), or whatever else names one post.

    Two posts can be compared. The team's numbers are therefore repeated until enough people's
    facts changed (`team_facts`). The named places are counted afresh: detectives move by
    guesses whose reveal both sides have seen, and champions show an order and no number.
    """
    game = await games.get(tx)
    if game.leaderboard_channel is None or game.switched_on_at is None:
        return False
    if not await leaderboards.claim_slot(tx, slot, now=now):
        return False
    said = await leaderboards.said(tx, since=now - WINDOW)
    count = await _count(tx, game, said, now=now)
    await leaderboards.keep(tx, slot, count)
    message = await _compose(tx, game, said, Counted(count.facts, now))
    await outbox.put(tx, Show(f"leaderboard:{slot}", game.leaderboard_channel, message), now=now)
    return True


async def post_now(tx: Transaction, slack_user_id: str, *, now: datetime) -> None:
    """An admin posts it now; the week's own post still comes. Raises UserError if it cannot be."""
    admin = await require_admin(tx, slack_user_id)
    game = await games.get(tx)
    if game.leaderboard_channel is None:
        raise UserError("Choose the leaderboard's channel in my Home tab first.")
    if game.switched_on_at is None:
        raise UserError("The game is off. Switch it on in my Home tab first.")
    slot = f"now:{now.isoformat(timespec='seconds')}"
    # The second of two taps within a second is content with the first one's post.
    if await post(tx, slot, now=now):
        actor = str(admin.member_id)
        await audits.add(tx, "leaderboard.posted", actor=actor, subject=slot, now=now)


async def show(tx: Transaction) -> Message:
    """The latest leaderboard, for one reader; names are hidden that were taken off since.

    Not counted afresh: between two looks a single answer could be read off the team's facts.
    """
    latest = await leaderboards.latest(tx)
    if latest is None:
        return none_yet()
    said = await leaderboards.said(tx, since=latest.posted_at - WINDOW)
    return await _compose(tx, await games.get(tx), said, latest)


async def _count(tx: Transaction, game: Game, said: Said, *, now: datetime) -> Count:
    """The team's facts of the last 12 weeks, such as may follow those of the last post."""
    return team_facts(
        merges=await leaderboards.merges(tx, since=now - WINDOW, until=now),
        answers=said.answers,
        guesses=said.guesses,
        ratings=said.ratings,
        threshold=game.threshold,
        before=await leaderboards.last_count(tx),
    )


async def _compose(tx: Transaction, game: Game, said: Said, counted: Counted) -> Message:
    """The facts as they were counted, with the places of that moment."""
    until = counted.posted_at
    people = await members.everybody(tx)
    shown = {m: names_allowed(who, opt_in=game.names_opt_in) for m, who in people.items()}
    threshold = game.threshold
    return weekly_post(
        WeeklyPost(
            detectives=rank(said.guesses, names=shown, threshold=threshold, until=until),
            champions=champions(said.ratings, names=shown, threshold=threshold, until=until),
            facts=counted.facts,
            names={member_id: member.name for member_id, member in people.items()},
        )
    )


async def stats_of(tx: Transaction, slack_user_id: str) -> Message:
    """A member's own numbers, for their eyes only."""
    member = await require_member(tx, slack_user_id)
    return my_stats(
        MyStats(
            score=score(await leaderboards.outcomes(tx, member.member_id)),
            answered=await leaderboards.answered(tx, member.member_id),
            open_surveys=len(await surveys.open_questions(tx, member.member_id)),
        )
    )
