"""Webhook payloads in the shape GitHub sends them, for the company's pull requests.

Shape: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from playground.github.node_ids import node_id, number_of
from playground.pull_requests import GivenReview, PullRequest, sha_of
from playground.records import Json

_API = "https://api.github.com"
# Keys that GitHub leaves out of the pull request inside a review's payload.
_NOT_IN_REVIEWS = (
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


def account(login: str) -> Json:
    """Return a user object; agents and services are bots."""
    bot = login.endswith("[bot]")
    url = f"{_API}/users/{login}"
    return {
        "login": login,
        "id": number_of(login),
        "node_id": node_id("BOT" if bot else "U", number_of(login)),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number_of(login)}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"https://github.com/{login}",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "type": "Bot" if bot else "User",
        "site_admin": False,
    }


def repository(full_name: str, origin: str = "") -> Json:
    """Return a repository object; `origin` is the first name of one that was renamed."""
    owner, _, name = full_name.partition("/")
    number = number_of(origin or full_name)
    return {
        "id": number,
        "node_id": node_id("R", number),
        "name": name,
        "full_name": full_name,
        "private": True,
        "owner": account(owner) | {"type": "Organization"},
        "html_url": f"https://github.com/{full_name}",
        "description": None,
        "fork": False,
        "url": f"{_API}/repos/{full_name}",
        "created_at": "2024-02-01T09:00:00Z",
        "default_branch": "main",
        "archived": False,
        "disabled": False,
        "visibility": "private",
    }


def _side(pr: PullRequest, ref: str) -> Json:
    owner = pr.repository.partition("/")[0]
    sha = pr.head_sha if ref == pr.head else sha_of(pr.first_key, ref)
    return {
        "label": f"{owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": account(owner),
        "repo": repository(pr.repository, pr.origin),
    }


def _links(pr: PullRequest) -> Json:
    url = f"{_API}/repos/{pr.repository}/pulls/{pr.number}"
    return {
        "self": {"href": url},
        "html": {"href": pr.url},
        "comments": {"href": f"{_API}/repos/{pr.repository}/issues/{pr.number}/comments"},
        "commits": {"href": f"{url}/commits"},
    }


def _addresses(pr: PullRequest) -> Json:
    repository_url = f"{_API}/repos/{pr.repository}"
    url, issue = f"{repository_url}/pulls/{pr.number}", f"{repository_url}/issues/{pr.number}"
    return {
        "url": url,
        "html_url": pr.url,
        "diff_url": f"{pr.url}.diff",
        "patch_url": f"{pr.url}.patch",
        "issue_url": issue,
        "comments_url": f"{issue}/comments",
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{repository_url}/pulls/comments{{/number}}",
        "statuses_url": f"{repository_url}/statuses/{_side(pr, pr.head)['sha']}",
    }


def pull_request_node_id(pr: PullRequest) -> str:
    """Return a pull request's id in GraphQL."""
    return node_id("PR", number_of(pr.origin or pr.repository), pr.number)


def label(pr: PullRequest, name: str) -> Json:
    """Return a label object."""
    number = number_of(f"{pr.origin or pr.repository}/labels/{name}")
    return {
        "id": number,
        "node_id": node_id("LA", number),
        "url": f"{_API}/repos/{pr.repository}/labels/{name}",
        "name": name,
        "color": f"{number % 0xFFFFFF:06x}",
        "default": False,
        "description": None,
    }


def pull_request(pr: PullRequest) -> Json:
    """Return the pull request object of `pull_request` events."""
    merged = pr.merged_at is not None
    return (
        _addresses(pr)
        | {
            "id": number_of(pr.first_key),
            "node_id": pull_request_node_id(pr),
            "number": pr.number,
            "state": pr.state,
            "locked": False,
            "title": pr.title,
            "user": account(pr.author),
            "body": pr.body,
            "created_at": pr.opened_at,
            "updated_at": pr.updated_at,
            "closed_at": pr.closed_at,
            "merged_at": pr.merged_at,
            "merge_commit_sha": _side(pr, "merge")["sha"] if merged else None,
            "assignee": account(pr.assignees[0]) if pr.assignees else None,
            "assignees": [account(login) for login in pr.assignees],
            "requested_reviewers": [],
            "requested_teams": [],
            "labels": [label(pr, name) for name in pr.labels],
            "milestone": None,
            "draft": pr.draft,
            "head": _side(pr, pr.head),
            "base": _side(pr, pr.base),
            "_links": _links(pr),
            "author_association": "MEMBER",
            "auto_merge": None,
            "active_lock_reason": None,
        }
        | _outcome(pr)
    )


def _outcome(pr: PullRequest) -> Json:
    merged = pr.merged_at is not None
    return {
        "merged": merged,
        "mergeable": None if merged else True,
        "rebaseable": None if merged else True,
        "mergeable_state": "unknown" if merged else "clean",
        "merged_by": account(pr.merged_by) if pr.merged_by else None,
        "comments": 0,
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": max(1, len(pr.commits)),
        "additions": pr.additions,
        "deletions": pr.deletions,
        "changed_files": pr.changed_files,
    }


def told_review(pr: PullRequest, review: GivenReview) -> Json:
    """Return a review as webhooks tell it."""
    url = f"{pr.url}#pullrequestreview-{review.id}"
    return {
        "id": review.id,
        "node_id": node_id("PRR", review.id),
        "user": account(review.reviewer),
        "body": None,
        "commit_id": _side(pr, pr.head)["sha"],
        "submitted_at": review.submitted_at,
        "state": review.state,
        "html_url": url,
        "pull_request_url": f"{_API}/repos/{pr.repository}/pulls/{pr.number}",
        "author_association": "MEMBER",
        "_links": {"html": {"href": url}, "pull_request": {"href": _links(pr)["self"]["href"]}},
    }


def pull_request_event(pr: PullRequest, action: str, *, sender: str) -> Json:
    """Return the payload of a `pull_request` event."""
    return {
        "action": action,
        "number": pr.number,
        "pull_request": pull_request(pr),
        "repository": repository(pr.repository, pr.origin),
        "sender": account(sender),
    }


def review_event(pr: PullRequest, review: GivenReview, action: str, *, sender: str) -> Json:
    """Return the payload of a `pull_request_review` event."""
    full = pull_request(pr)
    return {
        "action": action,
        "review": told_review(pr, review),
        "pull_request": {key: full[key] for key in full if key not in _NOT_IN_REVIEWS},
        "repository": repository(pr.repository, pr.origin),
        "sender": account(sender),
    }


def push_event(pr: PullRequest, before: str, *, sender: str) -> Json:
    """Return the payload of a `push` to a pull request's branch."""
    newest = pr.commits[-1]
    url = f"https://github.com/{pr.repository}"
    by = {"name": newest.name, "email": newest.email, "username": newest.login}
    commit = {
        "id": newest.sha,
        "tree_id": sha_of(newest.sha, "tree"),
        "distinct": True,
        "message": newest.message,
        "timestamp": newest.committed_at,
        "url": f"{url}/commit/{newest.sha}",
        "author": by,
        "committer": by,
        "added": [],
        "removed": [],
        "modified": ["README.md"],
    }
    return {
        "ref": f"refs/heads/{pr.head}",
        "before": before,
        "after": newest.sha,
        "created": False,
        "deleted": False,
        "forced": False,
        "base_ref": None,
        "compare": f"{url}/compare/{before[:12]}...{newest.sha[:12]}",
        "commits": [commit],
        "head_commit": commit,
        "repository": repository(pr.repository, pr.origin),
        "pusher": {"name": sender, "email": newest.email},
        "sender": account(sender),
    }


def review_comment_event(pr: PullRequest, review: GivenReview, text: str, *, sender: str) -> Json:
    """Return the payload of a `pull_request_review_comment` event."""
    full = pull_request(pr)
    number = number_of(f"{review.id}/comment")
    url = f"{_API}/repos/{pr.repository}/pulls/comments/{number}"
    return {
        "action": "created",
        "comment": {
            "id": number,
            "node_id": node_id("PRRC", number),
            "url": url,
            "html_url": f"{pr.url}#discussion_r{number}",
            "pull_request_url": full["url"],
            "pull_request_review_id": review.id,
            "diff_hunk": "@@ -1 +1 @@",
            "path": "README.md",
            "commit_id": pr.head_sha,
            "original_commit_id": pr.head_sha,
            "user": account(sender),
            "body": text,
            "created_at": review.submitted_at,
            "updated_at": review.submitted_at,
            "author_association": "MEMBER",
        },
        "pull_request": {key: full[key] for key in full if key not in _NOT_IN_REVIEWS},
        "repository": repository(pr.repository, pr.origin),
        "sender": account(sender),
    }
