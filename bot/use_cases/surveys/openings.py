"""Opens surveys at merges and keeps who is asked in step with the reviews that arrive later."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.attributions import initiator, is_agent, is_service_bot
from bot.domain.budgets import TIME_TO_ANSWER, Drawn, DrawnOut, Load, Place, draw, first_room
from bot.domain.ids import GithubLogin, MemberId, SlackUserId, SurveyId
from bot.domain.members import Member
from bot.domain.pull_requests import GHOST, Actor, PullRequest, Review, approvers
from bot.domain.surveys import Ask, NotOpened, Open, PartState, Role, opening, who_is_asked
from bot.domain.workspaces import Game
from bot.ports import Transaction
from bot.use_cases.surveys.loads import read_loads
from bot.use_cases.surveys.looks import look
from bot.use_cases.surveys.wakes import look_later
from storage import games, members, surveys
from storage.surveys import KeptPart, Survey

_REVIEWER = Role.REVIEWER


async def follow_merge(
    tx: Transaction,
    pr: PullRequest,
    reviews: Sequence[Review],
    news: Sequence[Review],
    *,
    coin: float,
    now: datetime,
) -> NotOpened | None:
    """Open the survey of a merged pull request, or bring the open one in step with `news`.

    Returns why there is no survey and will be none, if so.
    """
    survey = await surveys.find(tx, pr.repository_id, pr.number)
    if survey is None:
        return await _open(tx, pr, approvers(reviews, author=pr.author), coin=coin, now=now)
    if survey.state == "open":
        for reviewer in {review.reviewer.github_id: review.reviewer for review in news}.values():
            await _follow_review(tx, survey, pr, reviews, reviewer, now=now)
        # Also without a review: a sign of AI may have appeared.
        look_later(tx, survey.survey_id, now=now, first=True)
    return None


async def _open(
    tx: Transaction, pr: PullRequest, approving: Sequence[Actor], *, coin: float, now: datetime
) -> NotOpened | None:
    game = await games.get(tx)
    author = initiator(pr) if is_agent(pr.author) else pr.author
    people = [*approving, *([author] if author else [])]
    known = await members.by_logins(tx, sorted({person.login for person in people}))
    excluded = {login for login, member in known.items() if member.excluded}
    decision = opening(pr, game=game, now=now, excluded=excluded)
    if isinstance(decision, NotOpened):
        return decision
    await _remember_unlinked(tx, people, known.keys(), now=now)
    asks = who_is_asked(
        known.get(author.login) if author else None,
        [known[actor.login] for actor in approving if actor.login in known],
        agent=decision.rating_only,
        signals=pr.signals,
    )
    by_id = {member.member_id: member for member in known.values()}
    await _draw(tx, pr, decision, asks, by_id, game=game, coin=coin, now=now)
    return None


async def _remember_unlinked(
    tx: Transaction, people: Sequence[Actor], linked: Collection[GithubLogin], *, now: datetime
) -> None:
    nobody = (p for p in people if p.login not in linked and p != GHOST)
    missing = {p.login for p in nobody if not is_service_bot(p)}
    await members.saw_unlinked(tx, sorted(missing), now=now)


async def _draw(
    tx: Transaction,
    pr: PullRequest,
    decision: Open,
    asks: Sequence[Ask],
    people: dict[MemberId, Member],
    *,
    game: Game,
    coin: float,
    now: datetime,
) -> None:
    loads = await read_loads(tx, [people[ask.member_id] for ask in asks], now=now)
    drawn = _drawn(loads, decision, game=game, coin=coin, now=now)
    survey_id = await surveys.open_survey(
        tx,
        pr.repository_id,
        pr.number,
        drawn=isinstance(drawn, Drawn),
        rating_only=decision.rating_only,
        probability=drawn.probability,
        now=now,
        expires_at=decision.expires_at,
    )
    if survey_id is None or not isinstance(drawn, Drawn):
        return
    places = {place.member_id: place for place in drawn.places}
    for ask in asks:
        await _ask(tx, survey_id, ask, people[ask.member_id], places[ask.member_id])
    # At once, where everything is at hand and everybody concerned is locked already.
    await look(tx, survey_id, now=now)


def _drawn(
    loads: Sequence[Load], decision: Open, *, game: Game, coin: float, now: datetime
) -> Drawn | DrawnOut:
    """The draw; with nobody to ask yet there is nobody to spare, and approvals may still come."""
    if not loads:
        return Drawn((), 1.0)
    return draw(
        loads,
        now=now,
        expires_at=decision.expires_at,
        daily=game.daily_budget,
        weekly=game.weekly_budget,
        coin=coin,
    )


async def _ask(
    tx: Transaction, survey_id: SurveyId, ask: Ask, member: Member, place: Place
) -> None:
    await surveys.add_part(
        tx,
        survey_id,
        ask.member_id,
        SlackUserId(member.slack_user_id or ""),
        ask.role,
        guessable=ask.guessable,
        send_at=place.send_at,
    )


async def _follow_review(
    tx: Transaction,
    survey: Survey,
    pr: PullRequest,
    reviews: Sequence[Review],
    reviewer: Actor,
    *,
    now: datetime,
) -> None:
    """Add the part of an approval that came after the merge; withdraw that of a dismissed one."""
    approving = reviewer.github_id in {a.github_id for a in approvers(reviews, author=pr.author)}
    known = await members.by_logins(tx, [reviewer.login])
    if approving:
        await _remember_unlinked(tx, [reviewer], known.keys(), now=now)
    member = known.get(reviewer.login)
    if member is None:
        return
    parts = {k.part.member_id: k for k in await surveys.parts(tx, survey.survey_id)}
    if approving:
        await _add_approver(tx, survey, pr, member, parts, now=now)
    elif member.member_id in parts:
        await surveys.withdraw(tx, parts[member.member_id].part.part_id)


_Parts = Mapping[MemberId, KeptPart]


async def _add_approver(
    tx: Transaction,
    survey: Survey,
    pr: PullRequest,
    member: Member,
    parts: _Parts,
    *,
    now: datetime,
) -> None:
    before = parts.get(member.member_id)
    if before is not None and before.part.asks_the_author:
        await surveys.combine(tx, survey.survey_id, member.member_id)
        return
    if before is not None and before.part.state is not PartState.CLOSED:
        return
    asks = who_is_asked(
        await _author(tx, pr), [member], agent=survey.rating_only, signals=pr.signals
    )
    ask = next((a for a in asks if (a.member_id, a.role) == (member.member_id, _REVIEWER)), None)
    send_at = await _room(tx, survey, member, before, now=now)
    if ask is not None and send_at is not None:
        ask = replace(ask, guessable=_can_be_resolved(survey, pr, parts))
        await _ask(tx, survey.survey_id, ask, member, Place(member.member_id, send_at))


def _can_be_resolved(survey: Survey, pr: PullRequest, parts: _Parts) -> bool:
    """A guess needs an author who was asked; one who was linked since the merge was not."""
    authors = (kept.part for kept in parts.values() if kept.part.asks_the_author)
    is_asked = any(part.state is not PartState.CLOSED for part in authors)
    return is_asked and not survey.rating_only and not pr.signals


async def _room(
    tx: Transaction, survey: Survey, member: Member, before: KeptPart | None, *, now: datetime
) -> datetime | None:
    """When to ask; a message that was taken back just asks again and takes nobody's time anew."""
    if before is not None and before.asked_at is not None:
        return before.send_at
    latest = survey.expires_at - TIME_TO_ANSWER
    if member.snoozed_until is not None and now < latest <= member.snoozed_until:
        return latest  # As in the draw, whose order of events this must not depend on.
    game = await games.get(tx)
    (load,) = await read_loads(tx, [member], now=now, but=survey.survey_id)
    return first_room(
        load,
        now=now,
        expires_at=survey.expires_at,
        daily=game.daily_budget,
        weekly=game.weekly_budget,
    )


async def _author(tx: Transaction, pr: PullRequest) -> Member | None:
    """Whose work it is, as far as we know them: an agent's is its initiator's."""
    person = initiator(pr) if is_agent(pr.author) else pr.author
    if person is None:
        return None
    return (await members.by_logins(tx, [person.login])).get(person.login)
