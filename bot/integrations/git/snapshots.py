"""What a merge in a clone's history says about the pull request that it merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.attributions import CommitText, PullRequestTexts, traces_of
from bot.domain.attributions.signs import all_traces, visible_signs
from bot.domain.merges import Merge
from bot.domain.pull_requests import Actor, Commit, PullRequest, Snapshot, Trace
from bot.integrations.git.commits import GitCommit
from bot.integrations.git.people import People

if TYPE_CHECKING:
    from bot.integrations.git.repositories import Clone

# What a machine-made message may cost; no sign of AI needs more.
_LONGEST_TEXT = 20_000
_LONGEST_TITLE = 1_000


@dataclass(frozen=True)
class MergedWork:
    """A merged pull request: the commit that merged it, and those that it brought in.

    A squash brings none: then how many there were, and when the first was made, is not known.
    """

    clone: Clone
    people: People
    commit: GitCommit
    merge: Merge
    brought: Sequence[GitCommit]

    def snapshot(self) -> Snapshot:
        """As GitHub would tell it, as far as git knows; reviews are not in git."""
        author = self._author()
        traces = traces_of(self._texts(author))
        return Snapshot(
            pull_request=self._pull_request(author, traces),
            commits=tuple(self._commit(one) for one in self.brought),
            traces=traces,
        )

    def _pull_request(self, author: Actor, traces: frozenset[Trace]) -> PullRequest:
        merged_at, sizes = self.commit.committed_at, self.commit.sizes
        known = not self.clone.partial
        began = min((one.authored_at for one in self.brought), default=merged_at)
        return PullRequest(
            repository_id=self.clone.repository_id,
            repository=self.clone.origin.full_name,
            number=self.merge.number,
            title=self.merge.title[:_LONGEST_TITLE],
            url=self.clone.origin.url_of(self.merge.number),
            author=author,
            head_ref=self.merge.head_ref,
            base_ref="",
            draft=False,
            state="closed",
            opened_at=min(began, merged_at),
            closed_at=merged_at,
            merged_at=merged_at,
            updated_at=merged_at,
            signals=visible_signs(all_traces(author, self.merge.head_ref, traces)),
            additions=sizes.additions if known else None,
            deletions=sizes.deletions if known else None,
            changed_files=sizes.changed_files if known else None,
            commit_count=len(self.brought) or None,
            merged_by=self.people.actor(self.commit.author) if self.brought else None,
            merge_sha=self.commit.sha,
        )

    def _author(self) -> Actor:
        """Whoever made most of the branch's commits, of several the newest one's."""
        if not self.brought:
            return self.people.actor(self.commit.author)
        made = Counter(self.people.actor(one.author) for one in self.brought)
        return made.most_common(1)[0][0]

    def _commit(self, one: GitCommit) -> Commit:
        author = self.people.actor(one.author)
        return Commit(one.sha, one.authored_at, one.committed_at, author)

    def _texts(self, author: Actor) -> PullRequestTexts:
        """A squash's message is the pull request's own; a merge's commits have theirs."""
        return PullRequestTexts(
            author_login=author.login,
            author_id=author.github_id,
            title=self.merge.title,
            body=self.commit.body[:_LONGEST_TEXT],
            head_ref=self.merge.head_ref,
            commits=tuple(self._commit_text(one) for one in self.brought or (self.commit,)),
        )

    def _commit_text(self, one: GitCommit) -> CommitText:
        return CommitText(
            sha=one.sha,
            message=one.message[:_LONGEST_TEXT],
            author_name=one.author.name,
            author_email=one.author.email,
            author_login=self.people.actor(one.author).login,
            committer_email=one.committer.email,
            note=one.note,
        )
