"""Lets authors and admins put right whose work a pull request is, on the record, undoably.

An author says what it was; an admin says that a rule's match was wrong, never what the author
should have said, and the author is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from bot.domain.attributions.reasons import counted, reason_for
from bot.domain.ids import MemberId
from bot.domain.members import Member
from bot.domain.pull_requests import PullRequestKey
from bot.domain.spoilers import may_see_attribution
from bot.domain.surveys import AiAnswer
from bot.errors import Missing, UserError
from bot.ports import Show, Transaction
from bot.use_cases.attributions.judgements import judge
from bot.use_cases.members import require_member
from bot.views import attributions as words
from bot.views.attributions import OwnWork
from bot.views.blocks import Message
from bot.views.pull_requests import PullRequestView
from storage import attribution_corrections as corrections
from storage import audits, members, outbox
from storage.attribution_corrections import Seen

OPERATOR = "operator"

_REFERENCE = re.compile(r"(?P<repository>[\w.-]{1,100}/[\w.-]{1,100})#(?P<number>[1-9]\d{0,8})")
_MOST_OWN = 5
_NOT_YOURS = "That is not your pull request, so nothing was changed."
_STILL_ASKED = (
    "Its survey is open: please answer in its message, or come back when the survey has closed."
)


@dataclass(frozen=True, slots=True)
class Corrected:
    """What an admin's correction came to; `changed` is false where it had been made before."""

    seen: Seen
    changed: bool


async def show(tx: Transaction, reference: str) -> Seen:
    """The evidence about one pull request (`owner/name#12`), for admins.

    Raises Missing where there is none, UserError while somebody still guesses about it.
    """
    seen = await _seen(tx, await _key_of(tx, reference))
    # Who sits at a terminal is nobody we know: it may be one of those who guess.
    if not all(may_see_attribution(m, open_guesses=seen.open_guesses) for m in seen.open_guesses):
        raise UserError(
            f"{reference}: people are still guessing about it. Look again when its survey is over."
        )
    return seen


async def dismiss(
    tx: Transaction, reference: str, rule: str, *, actor: str, by: MemberId | None, now: datetime
) -> Corrected:
    """Say that a rule's match in a pull request was wrong: it no longer counts as a sign.

    The same twice changes nothing. The author is told. Raises Missing or UserError as `show`, and
    where the rule matched nothing there.
    """
    seen = await show(tx, reference)
    _require_match(seen, reference, rule)
    correction_id = await corrections.dismiss(tx, seen.key, rule, by=by, now=now)
    if correction_id is not None:
        await _record(tx, "attribution.dismissed", seen.key, actor=actor, rule=rule, now=now)
        await judge(tx, [seen.key], now=now)
        await _tell_author(tx, seen, rule, undone=False, now=now)
    return Corrected(await _seen(tx, seen.key), correction_id is not None)


async def restore(
    tx: Transaction, reference: str, rule: str, *, actor: str, now: datetime
) -> Corrected:
    """Take such a correction back; as `dismiss`."""
    seen = await show(tx, reference)
    _require_match(seen, reference, rule)
    undone = await corrections.undo(tx, seen.key, "dismissed", rule=rule, now=now)
    if undone is not None:
        await _record(tx, "attribution.restored", seen.key, actor=actor, rule=rule, now=now)
        await judge(tx, [seen.key], now=now)
        await _tell_author(tx, seen, rule, undone=True, now=now)
    return Corrected(await _seen(tx, seen.key), undone is not None)


async def mine(tx: Transaction, slack_user_id: str) -> Message:
    """What is known of somebody's own latest pull requests, for their eyes only."""
    member = await require_member(tx, slack_user_id)
    keys = await corrections.own(tx, member.member_id, limit=_MOST_OWN)
    seen = [await _seen(tx, key) for key in keys]
    return words.own_works([_own_work(one) for one in seen if _may_see(member, one)])


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
    seen = await _own(tx, member, key)
    if seen.survey_open:
        raise UserError(_STILL_ASKED)
    if answer is None:
        await corrections.undo(tx, key, "declared", now=now)
    else:
        await corrections.declare(tx, key, answer, by=member.member_id, now=now)
    action = "attribution.taken_back" if answer is None else "attribution.declared"
    await _record(tx, action, key, actor=str(member.member_id), now=now)
    await judge(tx, [key], now=now)
    return words.taken_back() if answer is None else words.declared()


async def _own(tx: Transaction, member: Member, key: PullRequestKey) -> Seen:
    seen = await corrections.look_at(tx, key)
    if seen is None:
        raise UserError(_NOT_YOURS)
    linked = await members.by_logins(tx, [seen.credited_login])
    owner = linked.get(seen.credited_login)
    if owner is None or owner.member_id != member.member_id or not _may_see(member, seen):
        raise UserError(_NOT_YOURS)
    return seen


def _may_see(member: Member, seen: Seen) -> bool:
    return may_see_attribution(member.member_id, open_guesses=seen.open_guesses)


async def _key_of(tx: Transaction, reference: str) -> PullRequestKey:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise UserError(f"{reference}: name a pull request as owner/name#12.")
    key = await corrections.find(tx, match["repository"], int(match["number"]))
    if key is None:
        raise Missing(f"{reference}: no such pull request is known here.")
    return key


async def _seen(tx: Transaction, key: PullRequestKey) -> Seen:
    seen = await corrections.look_at(tx, key)
    if seen is None:
        raise Missing("That pull request was not judged yet: run hunch attributions reprocess.")
    return seen


def _require_match(seen: Seen, reference: str, rule: str) -> None:
    found = sorted({one.rule for one in seen.evidence})
    if rule not in found:
        listed = ", ".join(found) or "none"
        raise UserError(f"{reference}: {rule} matched nothing there. Rules that did: {listed}.")


async def _record(
    tx: Transaction,
    action: str,
    key: PullRequestKey,
    *,
    actor: str,
    now: datetime,
    rule: str | None = None,
) -> None:
    """Who corrected what; never what an author said."""
    details = {"rule": rule} if rule is not None else None
    subject = f"{key.repository_id}#{key.number}"
    await audits.add(tx, action, actor=actor, subject=subject, now=now, details=details)


async def _tell_author(
    tx: Transaction, seen: Seen, rule: str, *, undone: bool, now: datetime
) -> None:
    author = (await members.by_logins(tx, [seen.credited_login])).get(seen.credited_login)
    if author is None or author.slack_user_id is None or author.departed:
        return
    reason = next(reason_for(one) for one in seen.evidence if one.rule == rule)
    payload = words.dismissed(_view(seen), reason, undone=undone)
    message_key = f"attribution:{seen.key.repository_id}:{seen.key.number}:{rule}"
    await outbox.put(tx, Show(message_key, author.slack_user_id, payload), now=now)


def _own_work(seen: Seen) -> OwnWork:
    reasons = dict.fromkeys(reason_for(one) for one in counted(seen.evidence, seen.dismissed))
    return OwnWork(
        repository_id=int(seen.key.repository_id),
        pull_request=_view(seen),
        declared=seen.declared,
        reasons=tuple(reasons),
        asked=seen.survey_open,
        corrected=seen.corrected,
    )


def _view(seen: Seen) -> PullRequestView:
    return PullRequestView(
        seen.title, seen.url, seen.repository, seen.key.number, seen.author_login
    )


__all__ = ["Corrected", "Seen", "declare", "dismiss", "mine", "restore", "show"]
