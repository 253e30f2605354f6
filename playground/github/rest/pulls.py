"""Pull requests by REST: dear for many, because commits and reviews are asked for one by one."""

from __future__ import annotations

from itertools import islice
from typing import Any

from playground.github import payloads
from playground.github.pulls import CREATED_AT, UPDATED_AT, Pulls, Wanted
from playground.github.records import Repository
from playground.github.refusals import not_found
from playground.github.rest.asking import Ask
from playground.pull_requests import Commit, PullRequest
from playground.records import Json

_STATES = {"open": ("OPEN",), "closed": ("CLOSED", "MERGED"), "all": ()}
# What only a single pull request tells.
_ONLY_ALONE = (
    "additions",
    "changed_files",
    "comments",
    "commits",
    "deletions",
    "maintainer_can_modify",
    "mergeable",
    "mergeable_state",
    "merged",
    "merged_by",
    "rebaseable",
    "review_comments",
)


def _repository(ask: Ask, permission: str) -> Repository:
    found = ask.repository(f"{ask.word('owner')}/{ask.word('name')}")
    if found.private:
        ask.caller.must(permission)
    return found


def _pull_request(ask: Ask) -> PullRequest:
    pulls = Pulls(ask.world, _repository(ask, "pull_requests"))
    try:
        return pulls.find(ask.number("number"))
    except LookupError as error:
        raise not_found() from error


def list_pull_requests(ask: Ask) -> list[Json]:
    """A page of them; open ones unless told, newest first."""
    query = ask.request.query
    pulls = Pulls(ask.world, _repository(ask, "pull_requests"))
    states = _STATES.get(query.get("state", "open"), ())
    order = UPDATED_AT if query.get("sort") == "updated" else CREATED_AT
    descending = query.get("direction", "desc" if order == CREATED_AT else "asc") == "desc"
    walk = pulls.walk(Wanted(order, descending, states))
    page = ask.page(range(pulls.count(states)), lambda place: place)
    wanted = islice(walk, page[0], page[-1] + 1) if page else ()
    return [_short(pr) for _, pr in wanted]


def _short(pr: PullRequest) -> Json:
    whole = payloads.pull_request(pr)
    return {key: whole[key] for key in whole if key not in _ONLY_ALONE}


def show_pull_request(ask: Ask) -> Json:
    return payloads.pull_request(_pull_request(ask))


def list_reviews(ask: Ask) -> list[Json]:
    pr = _pull_request(ask)
    return ask.page(pr.reviews, lambda one: _shouted(payloads.told_review(pr, one)))


def _shouted(review: Json) -> Json:
    """REST writes a review's state in capitals, webhooks do not."""
    return {**review, "state": review["state"].upper()}


def list_pull_request_commits(ask: Ask) -> list[Json]:
    """Its commits: 250 at most, however many there are."""
    pr = _pull_request(ask)
    return ask.page(pr.commits[:250], lambda one: _commit(pr.repository, one))


def list_commits(ask: Ask) -> list[Json]:
    """The default branch's commits: those by which pull requests were merged."""
    pulls = Pulls(ask.world, _repository(ask, "contents"))
    walk = pulls.walk(Wanted(UPDATED_AT, True, ("MERGED",)))
    newest = [pr for _, pr in islice(walk, ask.per_page())]
    return [_commit(pr.repository, pr.commits[-1]) for pr in newest if pr.commits]


def _commit(repository: str, one: Commit) -> Json:
    by: dict[str, Any] = {"name": one.name, "email": one.email, "date": one.authored_at}
    known = payloads.account(one.login) if one.login else None
    url = f"repos/{repository}/commits/{one.sha}"
    return {
        "sha": one.sha,
        "url": f"https://api.github.com/{url}",
        "html_url": f"https://github.com/{repository}/commit/{one.sha}",
        "commit": {
            "author": by,
            "committer": {**by, "date": one.committed_at},
            "message": one.message,
        },
        "author": known,
        "committer": known,
        "parents": [],
    }


ROUTES: dict[tuple[str, str], Any] = {
    ("GET", "repos/{owner}/{name}/pulls"): list_pull_requests,
    ("GET", "repos/{owner}/{name}/pulls/{number}"): show_pull_request,
    ("GET", "repos/{owner}/{name}/pulls/{number}/reviews"): list_reviews,
    ("GET", "repos/{owner}/{name}/pulls/{number}/commits"): list_pull_request_commits,
    ("GET", "repos/{owner}/{name}/commits"): list_commits,
}
