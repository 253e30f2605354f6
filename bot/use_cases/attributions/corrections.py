"""What corrections of authors and of admins share: what is looked at, what is put on record."""

from __future__ import annotations

import re
from datetime import datetime

from bot.domain.ids import MemberId
from bot.domain.pull_requests import PullRequestKey
from bot.domain.spoilers import may_see_attribution
from bot.errors import Missing, UserError
from bot.ports import Transaction
from bot.views.pull_requests import PullRequestView
from storage import attribution_corrections as corrections
from storage import audits
from storage.attribution_corrections import Seen

_REFERENCE = re.compile(r"(?P<repository>[\w.-]{1,100}/[\w.-]{1,100})#(?P<number>[1-9]\d{0,8})")


async def key_of(tx: Transaction, reference: str) -> PullRequestKey:
    """The pull request that `owner/name#12` names. Raises UserError, Missing."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise UserError(f"{reference}: name a pull request as owner/name#12.")
    key = await corrections.find(tx, match["repository"], int(match["number"]))
    if key is None:
        raise Missing(f"{reference}: no such pull request is known here.")
    return key


async def look_at(tx: Transaction, key: PullRequestKey) -> Seen:
    """All that is known of one. Raises Missing where it was not judged."""
    seen = await corrections.look_at(tx, key)
    if seen is None:
        raise Missing("That pull request was not judged yet: run hunch attributions reprocess.")
    return seen


def may_see(viewer: MemberId, seen: Seen) -> bool:
    """Whether it would spoil no guess of theirs."""
    return may_see_attribution(viewer, open_guesses=seen.open_guesses)


async def record(
    tx: Transaction,
    action: str,
    key: PullRequestKey,
    *,
    actor: str,
    now: datetime,
    rule: str | None = None,
) -> None:
    """Put on record who corrected what; never what an author said."""
    details = {"rule": rule} if rule is not None else None
    subject = f"{key.repository_id}#{key.number}"
    await audits.add(tx, action, actor=actor, subject=subject, now=now, details=details)


def view_of(seen: Seen) -> PullRequestView:
    return PullRequestView(
        seen.title, seen.url, seen.repository, seen.key.number, seen.author_login
    )
