from __future__ import annotations

import pytest

from bot.domain.attributions import (
    agent_tool,
    initiator,
    is_agent,
    is_ai_reviewer,
    is_service_bot,
    signals_of,
    why_shown,
)
from bot.domain.ids import GithubLogin
from bot.domain.pull_requests import Actor, ActorKind
from tests.unit.domain.makers import ADA, COPILOT, a_merge, account, bot_account


def signs(
    *,
    login: str = "ada",
    body: str | None = None,
    head: str = "basket",
    title: str = "Add a basket",
    email: str | None = None,
) -> frozenset[str]:
    return signals_of(author_login=login, body=body, head_ref=head, title=title, author_email=email)


LINES = [
    ("body_marker:claude_code", "Claude-Session: https://claude.ai/code/session_01Jw6DyZf61tW7U7Y"),
    (
        "body_marker:claude_code",
        "🤖 Generated with [Claude Code](https://claude.com/claude-code)",
    ),
    ("body_marker:claude_code", "🤖 Generated with [Claude Code](https://claude.ai/code)"),
    ("body_marker:claude_code", "_Generated with [Claude Code](https://claude.ai/code)_"),
    ("body_marker:copilot", "Copilot-Session: 4d2f"),
    ("body_marker:copilot", "Agent-Logs-Url: https://github.com/acme/shop/sessions/1"),
    ("body_marker:copilot", "<!-- START COPILOT CODING AGENT SUFFIX -->"),
    ("body_marker:copilot", "Copilot Autofix powered by AI"),
    ("body_marker:cursor", "Made-with: Cursor"),
    ("body_marker:cursor", "Made with [Cursor](https://cursor.com)"),
    ("body_marker:cursor", "<sub>Made with [Cursor](https://cursor.com)</sub>"),
    ("body_marker:cursor", "<!-- CURSOR_AGENT_PR_BODY_BEGIN -->"),
    ("body_marker:cursor", "<!-- CURSOR_SUMMARY -->"),
    ("link:cursor", '<a href="https://cursor.com/agents/bc-2f0d">Open in Web</a>'),
    ("link:cursor", "[Open](https://www.cursor.com/agents?id=bc-2f0d)"),
    ("link:codex", "https://chatgpt.com/codex/tasks/task_e_68a"),
    ("link:devin", "https://app.devin.ai/sessions/0a1b2c"),
    ("link:claude_code", "See https://claude.ai/code/session_01Jw6DyZf61tW7U7Y for more"),
    (
        "link:copilot",
        "[session](https://copilot-workspace.githubnext.com/acme/shop/issues/311?shareId=X)",
    ),
    ("link:amp", "https://ampcode.com/threads/T-1a2b"),
    ("link:jules", "[123](https://jules.google.com/task/123)"),
    ("body_marker:devin", "Link to Devin run: https://example.com"),
    ("body_marker:devin", "- **Link to Devin run**: https://example.com"),
    ("body_marker:devin", "[Link to Devin run](https://example.com)"),
    ("body_marker:jules", "PR created automatically by Jules for task [123](https://x) by @ada"),
    ("body_marker:amp", "Amp-Thread-ID: https://ampcode.com/threads/T-1a2b"),
    ("body_marker:replit", "Replit-Commit-Author: Agent"),
]

TRAILERS = [
    ("claude_code", "Co-Authored-By: Claude <noreply@anthropic.com>"),
    ("claude_code", "Co-authored-by: Claude Opus 4.6 (1M context) <c@example.com>"),
    ("claude_code", "Co-authored-by: Anthropic Claude Opus 4 <c@example.com>"),
    ("claude_code", "Co-authored-by: Claude Fable 5 <c@example.com>"),
    ("claude_code", "Co-authored-by: Claude 3.5 Sonnet <c@example.com>"),
    ("claude_code", "Co-authored-by: Claude Code <c@example.com>"),
    ("claude_code", "Co-authored-by: Claude claude-4.6-opus-high-thinking <c@example.com>"),
    ("claude_code", "Co-authored-by: Claude Opus <c@example.com>"),
    ("claude_code", "Co-authored-by: Claude"),
    ("claude_code", "Assisted-by: Claude:claude-3-opus coccinelle sparse"),
    ("copilot", "Co-authored-by: Copilot <198982749+Copilot@users.noreply.github.com>"),
    ("copilot", "Co-authored-by: x <223556219+Copilot@users.noreply.github.com>"),
    ("copilot", "Co-authored-by: Copilot <copilot@github.com>"),
    ("copilot", "Co-authored-by: Copilot Autofix powered by AI <62310815+x@example.com>"),
    ("copilot", "Assisted-by: GitHub Copilot"),
    ("copilot", "Co-authored-by: copilot-swe-agent[bot] <x@example.com>"),
    ("cursor", "Co-authored-by: Cursor <cursoragent@cursor.com>"),
    ("cursor", "Co-authored-by: Cursor Agent <c@example.com>"),
    ("cursor", "Assisted-by: Cursor"),
    ("codex", "Co-authored-by: Codex <noreply@openai.com>"),
    ("codex", "Co-authored-by: ChatGPT <x@example.com>"),
    ("codex", "Co-authored-by: x <codex@openai.com>"),
    ("codex", "Co-authored-by: codex <267193182+codex@users.noreply.github.com>"),
    ("devin", "Co-authored-by: D <1+devin-ai-integration[bot]@users.noreply.github.com>"),
    ("jules", "Co-authored-by: J <161369871+google-labs-jules[bot]@users.noreply.github.com>"),
    ("aider", "Co-authored-by: aider (gpt-5) <aider@aider.chat>"),
    ("aider", "Co-authored-by: aider (gpt-5) <x@example.com>"),
    ("aider", "Co-authored-by: Bob Example (aider) <bob@example.com>"),
    ("aider", "Co-authored-by: x <noreply@aider.chat>"),
    ("amp", "Co-authored-by: Amp <amp@ampcode.com>"),
    ("openhands", "Co-authored-by: openhands <openhands@all-hands.dev>"),
    ("opencode", "Co-authored-by: opencode <noreply@opencode.ai>"),
    ("kiro", "Co-authored-by: Kiro <244629292+kiro-agent@users.noreply.github.com>"),
    ("droid", "Co-authored-by: x <138933559+factory-droid[bot]@users.noreply.github.com>"),
    ("warp", "Co-Authored-By: Warp <agent@warp.dev>"),
    ("warp", "Co-Authored-By: Oz <oz-agent@warp.dev>"),
    ("qwen", "Co-authored-by: Qwen <qwen-coder@alibabacloud.com>"),
    ("windsurf", "Co-authored-by: Cascade <cascade@windsurf.ai>"),
    ("crush", "Co-Authored-By: Crush <crush@charm.land>"),
    ("roo", "Co-authored-by: Roo <roomote@roocode.com>"),
    ("gemini", "Assisted-by: Gemini CLI"),
    ("gemini", "Assisted-by: Gemini 3 Pro <g@example.com>"),
]

EVERY_LINE = [*LINES, *((f"trailer:{tool}", line) for tool, line in TRAILERS)]


@pytest.mark.parametrize(("signal", "line"), EVERY_LINE)
@pytest.mark.parametrize("template", ["{}", "Why\r\n\r\nText.\r\n\r\n{}\r\n", "a\n  {}  \nb"])
def test_a_mark_is_seen_wherever_its_line_stands(signal: str, line: str, template: str) -> None:
    assert signal in signs(body=template.format(line))


@pytest.mark.parametrize("line", [line for _, line in EVERY_LINE])
def test_a_mark_in_a_code_block_is_only_talked_about(line: str) -> None:
    assert signs(body=f"We now strip this:\n```text\n{line}\n```\nFine?") == frozenset()


ADDRESSES_OF_RUNS = ("claude.ai/code/session_", "ampcode.com/threads/T-", "jules.google.com/task/")
SENTENCES = [
    line
    for kind, line in EVERY_LINE
    if "link" not in kind and not any(address in line for address in ADDRESSES_OF_RUNS)
]


@pytest.mark.parametrize("line", SENTENCES)
def test_a_mark_inside_a_sentence_is_only_talked_about(line: str) -> None:
    assert signs(body=f"The linter now removes the line {line} from messages.") == frozenset()


@pytest.mark.parametrize(
    "prose",
    [
        "Fixes cursor pagination: the cursor moved past the last page.",
        "Adds Claude and Copilot to the list of tools in our AI product page.",
        "Integrates OpenAI Codex; Devin reviewed the design.",
        "Generated with care. Made with love and Cursor keys.",
        "See https://cursor.com/agents/ and https://app.devin.ai/sessions/ for their docs.",
        "Link to Devin run is missing from the page",
        "Made-with: Cursor is what the trailer says, and we drop it.",
        "## AI disclosure\nNo AI was used",
        "### Was this generated with AI (Claude Code, Copilot, Cursor)?\n\n- [ ] Yes\n- [x] No",
        "Generated-by: none",
        "> 🤖 Generated with [Claude Code](https://claude.com/claude-code)\n\nWhy is this here?",
        "Copilot Autofix powered by AI was switched off",
    ],
)
def test_talk_about_a_tool_is_no_sign(prose: str) -> None:
    assert signs(body=prose, title=prose.partition("\n")[0]) == frozenset()


@pytest.mark.parametrize(
    "trailer",
    [
        "Co-authored-by: Anna <anna@anthropic.com>",
        "Co-authored-by: Claude Monet <monet@example.com>",
        "Co-authored-by: Claude <claude@example.fr>",
        "Co-authored-by: Devin Smith <devin@example.com>",
        "Co-authored-by: Gemini Jones <gemini@example.com>",
        "Co-authored-by: Jules <jules@example.com>",
        "Co-authored-by: Staff <noreply@openai.com>",
        "Co-authored-by: Michael <michael@cursor.com>",
        "Co-authored-by: opencode <opencode@sst.dev>",
        "Co-authored-by: x <77+copilot-fan@users.noreply.github.com>",
        "Co-authored-by: x <noreply@anthropic.com.example.org>",
        "Assisted-by: Bob <bob@example.com>",
        "Reviewed-by: Copilot <copilot@github.com>",
        "Reported-by: Cursor Agent <x@example.com>",
    ],
)
def test_people_and_reviewers_are_no_sign(trailer: str) -> None:
    assert signs(body=trailer) == frozenset()


@pytest.mark.parametrize("head", ["claude", "copilot", "cursor", "codex", "devin"])
def test_a_branch_head_of_a_tool_is_a_sign(head: str) -> None:
    assert signs(head=f"{head}/fix-basket") == {f"branch_head:{head}"}


@pytest.mark.parametrize(
    "head",
    ["claude", "cursor-pagination", "feature/cursor/x", "ada/claude/x", "jules/x", "copilots/x"],
)
def test_other_branches_are_no_sign(head: str) -> None:
    assert signs(head=head) == frozenset()


@pytest.mark.parametrize(
    ("login", "tool"),
    [
        ("claude[bot]", "claude_code"),
        ("Copilot", "copilot"),
        ("copilot-swe-agent[bot]", "copilot"),
        ("cursor[bot]", "cursor"),
        ("devin-ai-integration[bot]", "devin"),
        ("google-labs-jules[bot]", "jules"),
        ("factory-droid[bot]", "droid"),
    ],
)
def test_an_agents_account_is_a_sign(login: str, tool: str) -> None:
    assert signs(login=login) == {f"agent_account:{tool}"}
    assert agent_tool(bot_account(login.lower())) == tool


@pytest.mark.parametrize(
    "login",
    [
        "claude",
        "cursor",
        "codex",
        "gemini-code-assist[bot]",
        "coderabbitai[bot]",
        "dependabot[bot]",
    ],
)
def test_people_reviewers_and_service_bots_are_no_sign(login: str) -> None:
    assert signs(login=login) == frozenset()


def test_a_commit_address_is_a_sign() -> None:
    assert signs(email="NoReply@Anthropic.com") == {"trailer:claude_code"}
    assert signs(email="anna@anthropic.com") == frozenset()


def test_a_pull_request_without_a_body_has_no_sign() -> None:
    assert signs(body=None) == frozenset()


def test_all_signs_are_named() -> None:
    body = "Made-with: Cursor\n\nCo-authored-by: Claude <noreply@anthropic.com>"
    found = signs(login="Copilot", head="codex/x", body=body)
    assert found == {
        "agent_account:copilot",
        "branch_head:codex",
        "body_marker:cursor",
        "trailer:claude_code",
    }


def test_a_person_named_like_a_tool_is_a_person() -> None:
    assert not is_agent(account("cursor"))
    assert not is_service_bot(account("cursor"))


def test_an_agent_is_known_by_its_id_where_its_kind_is_hidden() -> None:
    assert is_agent(Actor(ADA.login, 198982749, ActorKind.USER))


@pytest.mark.parametrize(
    "actor",
    [
        bot_account("dependabot[bot]"),
        bot_account("renovate[bot]"),
        bot_account("some-release-app"),
        bot_account("coderabbitai[bot]"),
        account("x[bot]"),
        account("renovate-bot"),
    ],
)
def test_other_machines_are_service_bots(actor: Actor) -> None:
    assert is_service_bot(actor)
    assert not is_agent(actor)


def test_an_agent_is_no_service_bot() -> None:
    assert not is_service_bot(COPILOT)


def test_ai_reviewers_are_known() -> None:
    assert is_ai_reviewer(bot_account("gemini-code-assist[bot]"))
    assert is_ai_reviewer(bot_account("chatgpt-codex-connector"))
    assert not is_ai_reviewer(bot_account("dependabot[bot]"))
    assert not is_ai_reviewer(account("cursor"))


BOB = account("bob")


@pytest.mark.parametrize(
    ("assignees", "credited"),
    [
        ((), None),
        ((COPILOT, BOB), BOB),
        ((BOB, BOB), BOB),
        ((BOB, ADA), None),
        ((COPILOT, bot_account("dependabot[bot]"), account("renovate-bot")), None),
        ((account("acme", kind=ActorKind.OTHER), BOB), BOB),
    ],
)
def test_an_agents_work_is_credited_to_its_one_human_assignee(
    assignees: tuple[Actor, ...], credited: Actor | None
) -> None:
    assert initiator(a_merge(author=COPILOT, assignees=assignees)) == credited


@pytest.mark.parametrize(
    ("assignees", "credited"), [((), "carol"), ((BOB,), "bob"), ((BOB, ADA), None)]
)
def test_where_nobody_is_assigned_whom_the_agent_names_is_credited(
    assignees: tuple[Actor, ...], credited: str | None
) -> None:
    carol = GithubLogin("carol")
    person = initiator(a_merge(author=COPILOT, assignees=assignees, started_by=carol))
    assert (person.login if person else None) == credited
    assert initiator(a_merge(started_by=carol)) is None


def test_a_persons_own_work_has_no_initiator() -> None:
    assert initiator(a_merge(assignees=(BOB,))) is None


@pytest.mark.parametrize(
    ("signals", "clause"),
    [
        ([], ""),
        (["branch_head:copilot"], "the branch name starts with copilot/"),
        (["body_marker:claude_code"], "the description carries the mark of Claude Code"),
        (["link:devin", "branch_head:devin"], "the description links to a run of Devin"),
        (["trailer:amp", "body_marker:amp"], "a line in it credits Amp"),
        (["agent_account:copilot", "trailer:amp"], "the account is an agent's (GitHub Copilot)"),
        (["trailer:new_tool"], "a line in it credits new_tool"),
    ],
)
def test_the_clearest_sign_is_told_in_plain_words(signals: list[str], clause: str) -> None:
    assert why_shown(frozenset(signals)) == clause
