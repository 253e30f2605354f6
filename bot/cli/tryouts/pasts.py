"""A generated company's past, stored in Hunch's own terms: history for old work, a past game for
the last weeks of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import islice

from bot.domain.attributions import PullRequestTexts, signals_of, traces_of
from bot.domain.ids import GithubLogin, RepositoryId, WorkspaceId
from bot.domain.pull_requests import Actor, ActorKind, ReviewState, Trace
from bot.domain.pull_requests import PullRequest as Known
from bot.domain.pull_requests import Review as KnownReview
from bot.domain.surveys import AiAnswer, Guess, Rating, Rework, Tool
from bot.ports import Database
from bot.use_cases.histories import Opinion, PastWork, keep_history, keep_past_game
from playground.companies import PullRequest, Review
from playground.companies.signs import body_of, head_of
from playground.github.node_ids import number_of
from playground.pull_requests import Sign

_BATCH = 2000


async def keep_past(
    db: Database,
    workspace_id: WorkspaceId,
    made: Iterable[PullRequest],
    *,
    game_since: datetime | None = None,
) -> int:
    """Store pull requests as history, a few thousand at a time; returns how many.

    What was merged from `game_since` on gets a survey that is over, with what people said in it:
    as if Hunch had been there. Stored already, it changes nothing.
    """
    count, rest = 0, iter(made)
    while batch := await asyncio.to_thread(_next_batch, rest):
        async with db.transaction(workspace_id, name="keep_history") as tx:
            await keep_history(tx, batch)
            await keep_past_game(tx, [one for one in batch if _is_after(one, game_since)])
        count += len(batch)
    return count


def _next_batch(made: Iterator[PullRequest]) -> list[PastWork]:
    """Draws and converts: nothing that should hold up somebody's tap."""
    return [past_work(pr) for pr in islice(made, _BATCH)]


def _is_after(work: PastWork, since: datetime | None) -> bool:
    merged_at = work.pr.merged_at
    return since is not None and merged_at is not None and merged_at >= since


def past_work(pr: PullRequest) -> PastWork:
    """A generated pull request as Hunch would have stored it."""
    return PastWork(
        pr=_pull_request(pr),
        reviews=tuple(_reviews(pr)),
        author=GithubLogin(pr.initiator) if pr.initiator is not None else None,
        answer=AiAnswer(pr.answer) if pr.answer is not None else None,
        tool=Tool(pr.tool) if pr.tool and pr.answer not in (None, "no") else None,
        rework=Rework(pr.rework) if pr.answer not in (None, "no") else None,
        opinions={GithubLogin(r.reviewer): _opinion(r) for r in pr.reviews if r.rating},
        traces=_traces(pr),
    )


def _pull_request(pr: PullRequest) -> Known:
    ended_at = pr.merged_at or pr.closed_at
    last_seen = max(pr.opened_at, *(r.submitted_at for r in pr.reviews), ended_at or 0)
    is_agents = pr.sign is Sign.AGENT_ACCOUNT and pr.initiator is not None
    head = head_of(pr.tool, pr.sign, pr.number)
    return Known(
        repository_id=RepositoryId(number_of(pr.repository)),
        repository=pr.repository,
        number=pr.number,
        title=pr.title,
        url=f"https://github.com/{pr.repository}/pull/{pr.number}",
        author=_actor(pr.author),
        head_ref=head,
        base_ref="main",
        draft=False,
        state="open" if ended_at is None else "closed",
        opened_at=_at(pr.opened_at),
        closed_at=_at(ended_at) if ended_at is not None else None,
        merged_at=_at(pr.merged_at) if pr.merged_at is not None else None,
        updated_at=_at(last_seen),
        assignees=(_actor(pr.initiator),) if is_agents and pr.initiator else (),
        signals=_signals(pr, head),
        additions=pr.additions,
        deletions=pr.deletions,
        changed_files=pr.changed_files,
    )


def _traces(pr: PullRequest) -> frozenset[Trace]:
    if pr.sign is not Sign.BODY_MARKER:
        return frozenset()
    head, body = head_of(pr.tool, pr.sign, pr.number), body_of(pr.tool, pr.sign, pr.number)
    return traces_of(PullRequestTexts(pr.author, None, pr.title, body, head))


def _signals(pr: PullRequest, head: str) -> frozenset[str]:
    if pr.sign in (Sign.NONE, Sign.SERVICE_BOT):
        return frozenset()
    body = body_of(pr.tool, pr.sign, pr.number)
    return signals_of(author_login=pr.author, body=body, head_ref=head, title=pr.title)


def _reviews(pr: PullRequest) -> Iterator[KnownReview]:
    for place, review in enumerate(pr.reviews):
        review_id = number_of(f"{pr.repository}#{pr.number}/{place}")
        state = ReviewState(review.state)
        yield KnownReview(review_id, _actor(review.reviewer), state, _at(review.submitted_at))


def _opinion(review: Review) -> Opinion:
    guess = Guess(review.guess) if review.guess is not None else None
    return Opinion(Rating(review.rating or ""), guess)


@cache
def _actor(login: str) -> Actor:
    kind = ActorKind.BOT if login.endswith("[bot]") else ActorKind.USER
    return Actor(GithubLogin(login.lower()), number_of(login), kind)


def _at(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, UTC)
