"""Reads what webhooks say about pushes: which marks the commits carry, and which merges they are.

A pull request's own event has no commits in it; a push has them at once, a sync only the night
after, when the guess has long been revealed.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.attributions import CommitText, PullRequestTexts, traces_of
from bot.domain.deliveries import MergedPush, PushNews
from bot.domain.ids import GithubLogin
from bot.domain.merges import Merge, merge_of
from bot.domain.pull_requests import Trace
from bot.integrations.github.payloads.shapes import Payload, RepositoryShape, Text

_BRANCH = "refs/heads/"
_LONGEST_SUBJECT = 500


class _Maker(Payload):
    name: Text = ""
    email: Text | None = None
    username: Text | None = None


class _Commit(Payload):
    id: Text
    message: Text
    author: _Maker = _Maker()
    committer: _Maker = _Maker()

    def merge(self) -> Merge | None:
        subject, _, body = self.message.partition("\n")
        return merge_of(subject[:_LONGEST_SUBJECT], body)

    def text(self) -> CommitText:
        return CommitText(
            self.id,
            self.message,
            author_name=self.author.name,
            author_email=self.author.email or "",
            author_login=self.author.username,
            committer_email=self.committer.email or "",
        )


class _PushEvent(Payload):
    ref: Text
    deleted: bool = False
    commits: list[_Commit] | None = None
    repository: RepositoryShape
    pusher: _Maker = _Maker()


def read_push(body: bytes) -> PushNews | None:
    """`push`, to a branch and with commits; None for tags, deletions and empty ones."""
    event = _PushEvent.model_validate_json(body)
    if not event.ref.startswith(_BRANCH) or event.deleted or not event.commits:
        return None
    branch = event.ref.removeprefix(_BRANCH)
    to_default = branch == event.repository.default_branch
    return PushNews(
        event.repository.repository(),
        branch,
        pusher=GithubLogin(event.pusher.name.lower()),
        traces=frozenset() if to_default else _traces(event.commits),
        merged=_merged(event.commits) if to_default else (),
    )


def _merged(commits: Sequence[_Commit]) -> tuple[MergedPush, ...]:
    """Squashes tell of themselves; a single merge also of the commits that it brings."""
    merges = [(commit, merge) for commit in commits if (merge := commit.merge()) is not None]
    alone = len(merges) == 1 and bool(merges[0][1].head_ref)
    return tuple(
        MergedPush(merge.number, commit.id, _traces(commits if alone else [commit]))
        for commit, merge in merges
    )


def _traces(commits: Sequence[_Commit]) -> frozenset[Trace]:
    texts = tuple(commit.text() for commit in commits)
    return traces_of(PullRequestTexts("", None, "", None, "", texts))
