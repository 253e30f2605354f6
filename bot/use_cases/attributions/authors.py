"""Lets authors see what is known of AI in their own work, and say what it was."""

from __future__ import annotations

from datetime import datetime

from bot.domain.attributions.reasons import counted, reason_for
from bot.domain.members import Member
from bot.domain.pull_requests import PullRequestKey
from bot.domain.surveys import AiAnswer
from bot.errors import UserError
from bot.ports import Transaction
from bot.use_cases.attributions.corrections import may_see, record, view_of
from bot.use_cases.attributions.judgements import judge
from bot.use_cases.members import require_member
from bot.views import attributions as words
from bot.views.attributions import OwnWork
from bot.views.blocks import Message
from storage import attribution_corrections as corrections
from storage import members
from storage.attribution_corrections import Seen

_MOST_OWN = 5
_NOT_YOURS = "That is not your pull request, so nothing was changed."
_STILL_ASKED = (
    "Its survey is open: please answer in its message, or come back when the survey has closed."
)


async def mine(tx: Transaction, slack_user_id: str) -> Message:
    """What is known of somebody's own latest pull requests, for their eyes only."""
    member = await require_member(tx, slack_user_id)
    seen = await corrections.own(tx, member.member_id, limit=_MOST_OWN)
    return words.own_works([_own_work(one) for one in seen if may_see(member.member_id, one)])


async def declare(
    tx: Transaction,
    slack_user_id: str,
    key: PullRequestKey,
    answer: AiAnswer | None,
    *,
    now: datetime,
) -> Message:
    """Let an author say what their pull request was; None takes back what they said so.

    It beats what they answered in the survey; whom that was revealed to is not told again. Raises
    UserError where it is not theirs, or its survey is open and the place to say so.
    """
    member = await require_member(tx, slack_user_id)
    await _require_own(tx, member, key)
    if answer is None:
        await corrections.undo(tx, key, "declared", now=now)
    else:
        await corrections.declare(tx, key, answer, by=member.member_id, now=now)
    action = "attribution.taken_back" if answer is None else "attribution.declared"
    await record(tx, action, key, actor=str(member.member_id), now=now)
    await judge(tx, [key], now=now)
    return words.taken_back() if answer is None else words.declared()


async def _require_own(tx: Transaction, member: Member, key: PullRequestKey) -> None:
    seen = await corrections.look_at(tx, key)
    if seen is None:
        raise UserError(_NOT_YOURS)
    linked = await members.by_logins(tx, [seen.credited_login])
    owner = linked.get(seen.credited_login)
    if owner is None or owner.member_id != member.member_id:
        raise UserError(_NOT_YOURS)
    if seen.survey_open:
        raise UserError(_STILL_ASKED)


def _own_work(seen: Seen) -> OwnWork:
    reasons = dict.fromkeys(reason_for(one) for one in counted(seen.evidence, seen.dismissed))
    return OwnWork(
        repository_id=int(seen.key.repository_id),
        pull_request=view_of(seen),
        declared=seen.declared,
        reasons=tuple(reasons),
        asked=seen.survey_open,
        corrected=seen.corrected,
    )
