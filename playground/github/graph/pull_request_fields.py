"""The fields of a pull request and of what belongs to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playground.github.graph.look import Info, Look, Part, Problem, Seen
from playground.github.graph.pages import page_of
from playground.github.node_ids import node_id, number_of
from playground.github.payloads import pull_request_node_id
from playground.github.pulls import state_of
from playground.pull_requests import Commit, GivenReview, PullRequest, Turn, sha_of
from playground.records import Json

Field = Callable[..., Any]
_CO_AUTHOR = re.compile(r"^Co-authored-by: (.*) <(.*)>$", re.IGNORECASE | re.MULTILINE)
_TURNS = {
    "assigned": "AssignedEvent",
    "closed": "ClosedEvent",
    "convert_to_draft": "ConvertToDraftEvent",
    "head_ref_force_pushed": "HeadRefForcePushedEvent",
    "labeled": "LabeledEvent",
    "merged": "MergedEvent",
    "ready_for_review": "ReadyForReviewEvent",
    "reopened": "ReopenedEvent",
    "review_dismissed": "ReviewDismissedEvent",
    "review_request_removed": "ReviewRequestRemovedEvent",
    "review_requested": "ReviewRequestedEvent",
    "unassigned": "UnassignedEvent",
    "unlabeled": "UnlabeledEvent",
}


def of_pr(read: Callable[[PullRequest], Any]) -> Field:
    """A field that the pull request itself answers."""
    return lambda seen, info: read(seen.pr)


def actor(look: Look, login: str | None) -> Any:
    """Somebody who did something; None when the account was deleted."""
    return look.account(login) if login else None


def _commits(seen: Seen, info: Info, **args: Any) -> Json:
    parts = [
        Part("PullRequestCommit", seen, one, place) for place, one in enumerate(seen.pr.commits)
    ]
    return page_of(parts, info, args)


def _reviews(seen: Seen, info: Info, states: Any = None, author: Any = None, **args: Any) -> Json:
    there = [one for one in seen.pr.reviews if not states or one.state.upper() in states]
    there = [one for one in there if not author or one.reviewer.lower() == author.lower()]
    return page_of([Part("PullRequestReview", seen, one) for one in there], info, args)


def _labels(seen: Seen, info: Info, **args: Any) -> Json:
    return page_of([Part("Label", seen, name) for name in seen.pr.labels], info, args)


def _assignees(seen: Seen, info: Info, **args: Any) -> Json:
    look: Look = info.context
    people = [look.account(one) for one in seen.pr.assignees if not one.endswith("[bot]")]
    return page_of(people, info, args)


def _assigned_actors(seen: Seen, info: Info, **args: Any) -> Json:
    look: Look = info.context
    return page_of([look.account(one) for one in seen.pr.assignees], info, args)


def _timeline(
    seen: Seen,
    info: Info,
    itemTypes: Any = None,  # noqa: N803  (GitHub's name)
    since: Any = None,
    skip: Any = None,
    **args: Any,
) -> Json:
    items = _turns(seen)
    shown = [one for one in items if itemTypes is None or _enum(one.kind) in itemTypes]
    shown = [one for one in shown if not since or _at(one) >= since][skip or 0 :]
    page = page_of(shown, info, args)
    total = {"totalCount": len(items), "filteredCount": len(shown), "pageCount": len(page["nodes"])}
    return {**page, **total, "updatedAt": seen.pr.updated_at}


def _turns(seen: Seen) -> list[Part]:
    """Everything that happened, in order."""
    pr = seen.pr
    items = [Part(_TURNS[t.kind], seen, t, p) for p, t in enumerate(pr.timeline)]
    items += [Part("PullRequestCommit", seen, one, p) for p, one in enumerate(pr.commits)]
    items += [Part("PullRequestReview", seen, one) for one in pr.reviews]
    return sorted(items, key=_at)


def _at(part: Part) -> str:
    it = part.it
    if isinstance(it, Commit):
        return it.committed_at
    return it.submitted_at if isinstance(it, GivenReview) else str(it.at)


def _enum(kind: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind).upper()


def _decision(pr: PullRequest) -> str | None:
    verdicts = {one.reviewer: one.state for one in pr.reviews if one.state != "commented"}
    if "changes_requested" in verdicts.values():
        return "CHANGES_REQUESTED"
    return "APPROVED" if "approved" in verdicts.values() else None


def _merge_commit(seen: Seen, info: Info) -> Part | None:
    pr = seen.pr
    if pr.merged_at is None:
        return None
    message = f"{pr.title} (#{pr.number})"
    login = pr.merged_by or pr.author
    sha = sha_of(pr.first_key, "merge")
    email = f"{login}@users.noreply.github.com"
    merged = Commit(sha, message, login, email, pr.merged_at, pr.merged_at, login)
    return Part("Commit", seen, merged, -1)


PULL_REQUEST: dict[str, Field] = {
    "additions": of_pr(lambda pr: pr.additions),
    "assignedActors": _assigned_actors,
    "assignees": _assignees,
    "author": lambda seen, info: actor(info.context, seen.pr.author),
    "authorAssociation": lambda seen, info: "MEMBER",
    "baseRefName": of_pr(lambda pr: pr.base),
    "baseRefOid": of_pr(lambda pr: sha_of(pr.first_key, pr.base)),
    "body": of_pr(lambda pr: pr.body),
    "bodyText": of_pr(lambda pr: pr.body),
    "changedFiles": of_pr(lambda pr: pr.changed_files),
    "closed": of_pr(lambda pr: pr.state == "closed"),
    "closedAt": of_pr(lambda pr: pr.closed_at),
    "commits": _commits,
    "createdAt": of_pr(lambda pr: pr.opened_at),
    "databaseId": of_pr(lambda pr: number_of(pr.first_key)),
    "deletions": of_pr(lambda pr: pr.deletions),
    "fullDatabaseId": of_pr(lambda pr: str(number_of(pr.first_key))),
    "headRefName": of_pr(lambda pr: pr.head),
    "headRefOid": of_pr(lambda pr: pr.head_sha),
    "id": of_pr(pull_request_node_id),
    "isCrossRepository": lambda seen, info: False,
    "isDraft": of_pr(lambda pr: pr.draft),
    "labels": _labels,
    "lastEditedAt": lambda seen, info: None,
    "locked": lambda seen, info: False,
    "mergeCommit": _merge_commit,
    "mergeable": of_pr(lambda pr: "UNKNOWN" if pr.state == "closed" else "MERGEABLE"),
    "merged": of_pr(lambda pr: pr.merged_at is not None),
    "mergedAt": of_pr(lambda pr: pr.merged_at),
    "mergedBy": lambda seen, info: actor(info.context, seen.pr.merged_by),
    "number": of_pr(lambda pr: pr.number),
    "permalink": of_pr(lambda pr: pr.url),
    "publishedAt": of_pr(lambda pr: pr.opened_at),
    "repository": lambda seen, info: seen.repository,
    "resourcePath": of_pr(lambda pr: f"/{pr.repository}/pull/{pr.number}"),
    "reviewDecision": of_pr(_decision),
    "reviews": _reviews,
    "state": of_pr(state_of),
    "timelineItems": _timeline,
    "title": of_pr(lambda pr: pr.title),
    "updatedAt": of_pr(lambda pr: pr.updated_at),
    "url": of_pr(lambda pr: pr.url),
}


def _review_url(part: Part) -> str:
    return f"{part.seen.pr.url}#pullrequestreview-{part.it.id}"


REVIEW: dict[str, Field] = {
    "author": lambda part, info: actor(info.context, part.it.reviewer),
    "authorAssociation": lambda part, info: "MEMBER",
    "body": lambda part, info: "",
    "bodyText": lambda part, info: "",
    "createdAt": lambda part, info: part.it.submitted_at,
    "databaseId": lambda part, info: part.it.id,
    "fullDatabaseId": lambda part, info: str(part.it.id),
    "id": lambda part, info: node_id("PRR", part.it.id),
    "publishedAt": lambda part, info: part.it.submitted_at,
    "pullRequest": lambda part, info: part.seen,
    "resourcePath": lambda part, info: _review_url(part),
    "state": lambda part, info: part.it.state.upper(),
    "submittedAt": lambda part, info: part.it.submitted_at,
    "updatedAt": lambda part, info: part.it.submitted_at,
    "url": lambda part, info: _review_url(part),
}


def _commit_url(part: Part) -> str:
    return f"https://github.com/{part.seen.pr.repository}/commit/{part.it.sha}"


PULL_REQUEST_COMMIT: dict[str, Field] = {
    "commit": lambda part, info: part._replace(kind="Commit"),
    "id": lambda part, info: node_id("PURC", number_of(part.seen.pr.first_key), part.place),
    "pullRequest": lambda part, info: part.seen,
    "resourcePath": lambda part, info: _commit_url(part),
    "url": lambda part, info: _commit_url(part),
}


def _git_actor(look: Look, name: str, email: str, login: str, date: str) -> Json:
    known = look.account(login) if login and not login.endswith("[bot]") else None
    return {
        "avatarUrl": lambda *_, **__: "https://avatars.githubusercontent.com/u/0?v=4",
        "date": date,
        "email": email,
        "name": name,
        "user": known,
    }


def _author(part: Part, info: Info) -> Json:
    it: Commit = part.it
    return _git_actor(info.context, it.name, it.email, it.login, it.authored_at)


def _authors(part: Part, info: Info, **args: Any) -> Json:
    """The author and everybody whom a trailer names."""
    by_email = {a.email: a.login for a in info.context.world.accounts if a.email}
    named = [
        _git_actor(info.context, name, email, by_email.get(email, ""), part.it.authored_at)
        for name, email in _CO_AUTHOR.findall(part.it.message)
    ]
    return page_of([_author(part, info), *named], info, args)


COMMIT: dict[str, Field] = {
    "abbreviatedOid": lambda part, info: part.it.sha[:7],
    "additions": lambda part, info: part.seen.pr.additions // max(1, len(part.seen.pr.commits)),
    "author": _author,
    "authoredByCommitter": lambda part, info: True,
    "authoredDate": lambda part, info: part.it.authored_at,
    "authors": _authors,
    "changedFilesIfAvailable": lambda part, info: 1,
    "commitUrl": lambda part, info: _commit_url(part),
    "committedDate": lambda part, info: part.it.committed_at,
    "committer": _author,
    "deletions": lambda part, info: part.seen.pr.deletions // max(1, len(part.seen.pr.commits)),
    "id": lambda part, info: node_id("C", number_of(part.it.sha)),
    "message": lambda part, info: part.it.message,
    "messageBody": lambda part, info: part.it.message.partition("\n\n")[2],
    "messageHeadline": lambda part, info: part.it.message.partition("\n")[0],
    "oid": lambda part, info: part.it.sha,
    "resourcePath": lambda part, info: _commit_url(part),
    "url": lambda part, info: _commit_url(part),
}


def _label_id(part: Part) -> int:
    return number_of(f"{part.seen.repository.origin}/labels/{part.it}")


LABEL: dict[str, Field] = {
    "color": lambda part, info: f"{_label_id(part) % 0xFFFFFF:06x}",
    "createdAt": lambda part, info: part.seen.repository.created_at,
    "description": lambda part, info: None,
    "id": lambda part, info: node_id("LA", _label_id(part)),
    "isDefault": lambda part, info: False,
    "name": lambda part, info: part.it,
    "resourcePath": lambda part, info: f"/{part.seen.pr.repository}/labels/{part.it}",
    "url": lambda part, info: f"https://github.com/{part.seen.pr.repository}/labels/{part.it}",
}


def _subject(part: Part, info: Info) -> Any:
    """Whom a turn is about: a person, a bot, or a team (written `org/slug`)."""
    turn: Turn = part.it
    if "/" in turn.subject:
        return info.context.world.teams.find(turn.subject)
    return actor(info.context, turn.subject)


TURN: dict[str, Field] = {
    "actor": lambda part, info: actor(info.context, part.it.actor),
    "afterCommit": lambda part, info: None,
    "beforeCommit": lambda part, info: None,
    "databaseId": lambda part, info: None,
    "dismissalMessage": lambda part, info: None,
    "review": lambda part, info: None,
    "assignee": _subject,
    "commit": lambda part, info: _merge_commit(part.seen, info),
    "createdAt": lambda part, info: part.it.at,
    "id": lambda part, info: node_id("EV", number_of(part.seen.pr.first_key), part.place),
    "label": lambda part, info: Part("Label", part.seen, part.it.subject),
    "mergeRefName": lambda part, info: part.seen.pr.base,
    "previousReviewState": lambda part, info: "APPROVED",
    "pullRequest": lambda part, info: part.seen,
    "requestedReviewer": _subject,
    "resourcePath": lambda part, info: f"/{part.seen.pr.repository}/pull/{part.seen.pr.number}",
    "url": lambda part, info: part.seen.pr.url,
}
TURN_TYPES = tuple(_TURNS.values())


def pull_request_of(look: Look, numbers: tuple[int, ...]) -> Seen | None:
    """The pull request behind the numbers of its GraphQL id."""
    repository = look.world.repository_by_id(numbers[0])
    if repository is None or not look.caller.sees(repository):
        return None
    try:
        return Seen(repository, look.pulls(repository).find(numbers[1]))
    except (LookupError, Problem):
        return None
