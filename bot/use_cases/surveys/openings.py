"""Opens surveys at merges and keeps who is asked in step with the reviews that arrive later."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.domain.attributions import initiator, is_agent, is_service_bot
from bot.domain.budgets import Drawn, Place, draw, first_room
from bot.domain.ids import GithubLogin, MemberId, SlackUserId, SurveyId
from bot.domain.members import Member
from bot.domain.pull_requests import Actor, PullRequest, Review, approvers
from bot.domain.surveys import Ask, NotOpened, Open, opening, who_is_asked
from bot.domain.workspaces import Game
from bot.ports import Transaction
from bot.use_cases.surveys.loads import read_loads
from bot.use_cases.surveys.wakes import look_later
from storage import games, members, surveys
from storage.surveys import Survey


async def follow_merge(
    tx: Transaction,
    pr: PullRequest,
    reviews: Sequence[Review],
    news: Review | None,
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
        if news is not None:
            await _follow_review(tx, survey, pr, reviews, news.reviewer, now=now)
        # Also without a review: a sign of AI may have appeared.
        look_later(tx, survey.survey_id, now=now)
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
    missing = {p.login for p in people if p.login not in linked and not is_service_bot(p)}
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
    drawn = draw(
        loads,
        now=now,
        expires_at=decision.expires_at,
        daily=game.daily_budget,
        weekly=game.weekly_budget,
        coin=coin,
    )
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
    look_later(tx, survey_id, now=now)


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
    known = await members.by_logins(tx, [reviewer.login, pr.author.login])
    member = known.get(reviewer.login)
    if member is None:
        await _remember_unlinked(tx, [reviewer], known.keys(), now=now)
    elif reviewer.login in {actor.login for actor in approvers(reviews, author=pr.author)}:
        await _add_approver(tx, survey, pr, member, known.get(pr.author.login), now=now)
    else:
        await _withdraw(tx, survey, member)


async def _add_approver(
    tx: Transaction,
    survey: Survey,
    pr: PullRequest,
    member: Member,
    author: Member | None,
    *,
    now: datetime,
) -> None:
    if is_agent(pr.author):
        author = await _initiator(tx, pr)
    if author is not None and author.member_id == member.member_id:
        await surveys.combine(tx, survey.survey_id, member.member_id)
        return
    asks = who_is_asked(author, [member], agent=survey.rating_only, signals=pr.signals)
    ask = next((ask for ask in asks if ask.member_id == member.member_id), None)
    if ask is None:
        return
    game = await games.get(tx)
    (load,) = await read_loads(tx, [member], now=now)
    room = first_room(
        load,
        now=now,
        expires_at=survey.expires_at,
        daily=game.daily_budget,
        weekly=game.weekly_budget,
    )
    if room is not None:
        await _ask(tx, survey.survey_id, ask, member, Place(member.member_id, room))


async def _initiator(tx: Transaction, pr: PullRequest) -> Member | None:
    person = initiator(pr)
    if person is None:
        return None
    return (await members.by_logins(tx, [person.login])).get(person.login)


async def _withdraw(tx: Transaction, survey: Survey, member: Member) -> None:
    """Take back a question nobody has answered yet; what was said stays."""
    for kept in await surveys.parts(tx, survey.survey_id):
        part = kept.part
        if part.member_id == member.member_id and part.rating is None:
            await surveys.withdraw(tx, part.part_id)
