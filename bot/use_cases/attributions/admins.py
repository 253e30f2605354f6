"""Lets admins say that a rule's match was wrong, on record and undoably; never what an author said.

The author is told each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.attributions.reasons import reason_for
from bot.domain.ids import MemberId
from bot.domain.pull_requests import PullRequestKey
from bot.errors import UserError
from bot.ports import Show, Transaction
from bot.use_cases.attributions.corrections import key_of, look_at, may_see, record, view_of
from bot.use_cases.attributions.judgements import judge
from bot.use_cases.games import require_admin, require_onlooker
from bot.views import attributions as words
from bot.views.attributions import EvidenceView, Match
from bot.views.blocks import Message
from storage import attribution_corrections as corrections
from storage import members, outbox
from storage.attribution_corrections import Seen

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Corrected:
    """What an admin's correction came to; `changed` is false where it had been made before."""

    seen: Seen
    changed: bool


async def show(tx: Transaction, reference: str) -> Seen:
    """The evidence about one pull request (`owner/name#12`), for who sits at a terminal.

    Raises Missing where there is none, UserError while somebody still guesses about it: nobody
    knows who sits there.
    """
    seen = await look_at(tx, await key_of(tx, reference))
    _require_nobody_spoiled(seen, list(seen.open_guesses))
    return seen


async def correct(
    tx: Transaction, reference: str, rule: str, *, undo: bool, now: datetime
) -> Corrected:
    """Say at a terminal that a rule's match was wrong there, or (`undo`) right after all.

    A wrong match no longer counts as a sign. The same twice changes nothing. Raises Missing or
    UserError as `show`, and where the rule matched nothing there.
    """
    seen = await show(tx, reference)
    return await _correct(tx, seen, rule, undo=undo, actor=OPERATOR, by=None, now=now)


async def evidence(tx: Transaction, slack_user_id: str, reference: str) -> Message:
    """The evidence about one pull request, for an admin who is not guessing about it."""
    admin = await require_onlooker(tx, slack_user_id)
    seen = await look_at(tx, await key_of(tx, reference))
    _require_nobody_spoiled(seen, [admin.member_id])
    return words.evidence(_view(seen))


async def correct_in_slack(
    tx: Transaction,
    slack_user_id: str,
    key: PullRequestKey,
    rule: str,
    *,
    undo: bool,
    now: datetime,
) -> Message:
    """As `correct`, by an admin in Slack."""
    admin = await require_admin(tx, slack_user_id)
    seen = await look_at(tx, key)
    _require_nobody_spoiled(seen, [admin.member_id])
    actor = str(admin.member_id)
    done = await _correct(tx, seen, rule, undo=undo, actor=actor, by=admin.member_id, now=now)
    return words.corrected(_view(done.seen), changed=done.changed)


async def _correct(
    tx: Transaction,
    seen: Seen,
    rule: str,
    *,
    undo: bool,
    actor: str,
    by: MemberId | None,
    now: datetime,
) -> Corrected:
    _require_match(seen, rule)
    if undo:
        changed = await corrections.undo(tx, seen.key, "dismissed", rule=rule, now=now)
    else:
        changed = await corrections.dismiss(tx, seen.key, rule, by=by, now=now)
    if changed is not None:
        action = "attribution.restored" if undo else "attribution.dismissed"
        await record(tx, action, seen.key, actor=actor, rule=rule, now=now)
        await judge(tx, [seen.key], now=now)
        await _tell_author(tx, seen, rule, undone=undo, now=now)
    return Corrected(await look_at(tx, seen.key), changed is not None)


def _require_nobody_spoiled(seen: Seen, viewers: list[MemberId]) -> None:
    if not all(may_see(viewer, seen) for viewer in viewers):
        raise UserError(
            f"{_name(seen)}: people are still guessing about it. Look again when its survey is over."
        )


def _require_match(seen: Seen, rule: str) -> None:
    found = sorted({one.rule for one in seen.evidence})
    if rule not in found:
        listed = ", ".join(found) or "none"
        raise UserError(f"{_name(seen)}: {rule} matched nothing there. Rules that did: {listed}.")


def _name(seen: Seen) -> str:
    return f"{seen.repository}#{seen.key.number}"


async def _tell_author(
    tx: Transaction, seen: Seen, rule: str, *, undone: bool, now: datetime
) -> None:
    author = (await members.by_logins(tx, [seen.credited_login])).get(seen.credited_login)
    if author is None or author.slack_user_id is None or author.departed:
        return
    reason = next(reason_for(one) for one in seen.evidence if one.rule == rule)
    payload = words.dismissed(view_of(seen), reason, undone=undone)
    message_key = f"attribution:{seen.key.repository_id}:{seen.key.number}:{rule}"
    await outbox.put(tx, Show(message_key, author.slack_user_id, payload), now=now)


def _view(seen: Seen) -> EvidenceView:
    reasons: dict[str, list[str]] = {}
    for one in seen.evidence:
        reasons.setdefault(one.rule, []).append(f"{reason_for(one)}: {one.text}")
    matches = tuple(
        Match(rule, found[0], len(found), rule in seen.dismissed) for rule, found in reasons.items()
    )
    return EvidenceView(int(seen.key.repository_id), view_of(seen), matches, seen.ai_reviewers)
