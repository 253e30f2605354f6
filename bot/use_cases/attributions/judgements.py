"""Judges pull requests by the rules of today: whatever brought them, and as often as one likes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.domain.attributions import VERSION
from bot.domain.attributions.judgements import judge as weigh
from bot.domain.ids import SurveyId
from bot.domain.pull_requests import PullRequestKey, Trace
from bot.ports import Transaction
from bot.use_cases.surveys.wakes import look_later
from storage import attributions


async def keep_traces(tx: Transaction, found: Iterable[tuple[PullRequestKey, Trace]]) -> None:
    """Keep what `traces_of` picked out of texts; any order and any repetition add up to the same.

    The pull requests are to be judged in the same transaction.
    """
    await attributions.keep_traces(tx, found)


async def judge(tx: Transaction, keys: Iterable[PullRequestKey], *, now: datetime) -> None:
    """Judge pull requests that are stored.

    In a handful of statements, however many there are. New signs of AI are added to those the
    game goes by, and open surveys about them are looked at again, so that a guess which is no
    guess any more becomes void before the reveal. Idempotent; it locks the rows in one order.
    """
    known = await attributions.lock_known(tx, keys)
    judged = {key: weigh(one) for key, one in known.items()}
    signs = {key: one.signs - known[key].shown for key, one in judged.items()}
    for survey_id in await attributions.open_surveys(tx, await attributions.show_signs(tx, signs)):
        look_later(tx, survey_id, now=now, first=True)
    await attributions.keep(tx, judged, rule_version=VERSION)


async def hear_author(tx: Transaction, survey_id: SurveyId, *, now: datetime) -> None:
    """Judge a survey's pull request anew if its author has said something new.

    To be called before the survey is locked: pull requests are locked before their surveys.
    """
    keys = await attributions.unheard(tx, survey_id)
    if keys:
        await judge(tx, keys, now=now)
