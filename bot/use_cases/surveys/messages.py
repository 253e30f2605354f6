"""Writes what a survey's people should see into the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.attributions import is_agent, why_shown
from bot.domain.members import Member
from bot.domain.pull_requests import PullRequest
from bot.domain.reveals import Score, score
from bot.domain.spoilers import may_see_attribution
from bot.domain.surveys import Outcome, PartState, has_open_guess
from bot.domain.workspaces import Game
from bot.ports import Show, Transaction
from bot.views.pull_requests import PullRequestView
from bot.views.reveals import RevealView, reveal
from bot.views.surveys import Ending, SurveyDm, survey_dm
from storage import outbox, surveys
from storage.surveys import KeptPart, Survey

# Slack takes a response_url for 30 minutes; the rest is for our own queue.
_RESPONSE_URL_IS_FRESH = timedelta(minutes=20)
_SCORED = (Outcome.RIGHT, Outcome.WRONG)


async def show_part(
    tx: Transaction,
    pr: PullRequest,
    survey: Survey,
    member: Member,
    kept: KeptPart,
    *,
    game: Game,
    now: datetime,
) -> None:
    """The person's one message about this pull request, as it should be now."""
    dm = SurveyDm(
        pull_request=_unspoiled(pr, kept),
        part=kept.part,
        expires_at=survey.expires_at,
        timezone=member.timezone,
        introduce=kept.introduces,
        may_be_named=may_be_named(member, game),
        why_shown=_attribution(pr, survey, kept),
        ending=_ending(survey, kept, now),
        score=await _score(tx, kept),
    )
    key = f"part:{kept.part.part_id}"
    url = _fresh_url(kept, now)
    await outbox.put(tx, Show(key, kept.slack_user_id, survey_dm(dm), url), now=now)


def _unspoiled(pr: PullRequest, kept: KeptPart) -> PullRequestView:
    """The pull request; that an agent wrote it is said after the rating only."""
    shown = pull_request_view(pr)
    is_rated = kept.part.rating is not None
    return shown if is_rated or not is_agent(pr.author) else replace(shown, author="")


def _attribution(pr: PullRequest, survey: Survey, kept: KeptPart) -> str:
    """What gives AI away on GitHub, for those who are not guessing any more."""
    part = kept.part
    guessing = has_open_guess(part, survey_open=survey.state == "open")
    open_guesses = {part.member_id} if guessing else set()
    may_see = may_see_attribution(part.member_id, open_guesses=open_guesses)
    return why_shown(pr.signals) if may_see else ""


async def show_reveal(tx: Transaction, pr: PullRequest, kept: KeptPart, *, now: datetime) -> None:
    """Tell a reviewer who guessed how it turned out, once it has."""
    part = kept.part
    if part.outcome is None or part.guess is None:
        return
    view = RevealView(
        pull_request=pull_request_view(pr),
        outcome=part.outcome,
        guess=part.guess,
        score=await _score(tx, kept),
        why_shown=why_shown(pr.signals),
    )
    key = f"reveal:{part.part_id}"
    await outbox.put(tx, Show(key, kept.slack_user_id, reveal(view)), now=now)


def may_be_named(member: Member, game: Game) -> bool:
    """Whether the leaderboard may name them, as far as their own choice goes."""
    return not game.names_opt_in if member.name_shown is None else member.name_shown


def pull_request_view(pr: PullRequest) -> PullRequestView:
    return PullRequestView(pr.title, pr.url, pr.repository, pr.number, pr.author.login)


def _ending(survey: Survey, kept: KeptPart, now: datetime) -> Ending | None:
    if survey.state == "closed" or now >= survey.expires_at:
        return Ending.EXPIRED
    return Ending.WITHDRAWN if kept.part.state is PartState.CLOSED else None


async def _score(tx: Transaction, kept: KeptPart) -> Score | None:
    """The running score as it stood at this reveal: older messages do not change with it."""
    part = kept.part
    if part.outcome not in _SCORED or part.revealed_at is None:
        return None
    told = await surveys.outcomes(tx, part.member_id, until=part.revealed_at, part_id=part.part_id)
    return score(told)


def _fresh_url(kept: KeptPart, now: datetime) -> str | None:
    at = kept.response_url_at
    is_fresh = at is not None and now - at < _RESPONSE_URL_IS_FRESH
    return kept.response_url if is_fresh else None
