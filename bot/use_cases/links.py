"""Members show which GitHub account is theirs by signing in there: the only proof there is."""

from __future__ import annotations

from datetime import datetime

from bot.domain.budgets import next_opening
from bot.domain.ids import GithubLogin, MemberId
from bot.domain.members import Claim, LinkState, prove
from bot.ports import Job, Show, Transaction
from bot.ports.github import Person
from bot.use_cases.members import normalized_login, note_unlinked, require_member
from bot.views import members as words
from storage import audits, links, members, outbox

TELL = "links.tell"


async def link_proven(
    tx: Transaction, slack_user_id: str, person: Person, *, now: datetime
) -> GithubLogin:
    """Link a member to the account GitHub says is theirs; twice changes nothing more.

    Whoever was linked to it before is told, when that disturbs nobody. Raises UserError when the
    workspace has no such member.
    """
    member = await require_member(tx, slack_user_id)
    login = normalized_login(person.login)
    known = await links.known(tx, login, member.member_id, person.account_id)
    proof = prove(login, member.member_id, known)
    await links.end(tx, proof.ended)
    actor = str(member.member_id)
    await note_unlinked(tx, proof.ended, actor=actor, now=now)
    if await links.keep(tx, proof.link, person.account_id, now=now):
        await audits.add(tx, "member.proven", actor=actor, subject=actor, now=now)
    for lost in proof.ended:
        if lost.state is LinkState.CONFIRMED and lost.member_id != member.member_id:
            await _tell_later(tx, lost, now=now)
    return login


async def _tell_later(tx: Transaction, lost: Claim, *, now: datetime) -> None:
    people = await members.some(tx, [lost.member_id])
    loser = people[lost.member_id]
    ref = f"{lost.member_id}:{int(now.timestamp() * 1000)}:{lost.login}"
    at = next_opening(now, timezone=loser.timezone, quiet=loser.quiet)
    tx.enqueue(Job(TELL, tx.workspace_id, ref, f"{TELL}:{tx.workspace_id}:{ref}", run_at=at))


async def tell(tx: Transaction, ref: str, *, now: datetime) -> None:
    """Tell somebody that a GitHub account is linked to them no longer, unless it is again."""
    number, _, rest = ref.partition(":")
    at, _, login = rest.partition(":")
    member_id = MemberId(int(number))
    loser = (await members.some(tx, [member_id])).get(member_id)
    if loser is None or loser.departed or loser.slack_user_id is None:
        return
    mine = await members.links_of(tx, member_id)
    if any(one.login == login and one.state is LinkState.CONFIRMED for one in mine):
        return
    key = f"link:{member_id}:{at}"
    message = words.link_ended(GithubLogin(login))
    await outbox.put(tx, Show(key, str(loser.slack_user_id), message), now=now)
