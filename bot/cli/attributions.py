"""`hunch attributions`: whose work it is, by which rules, and how good those are."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bot.app import attributions, operators
from bot.app.services import Services
from bot.cli.terminal import Commands, add_workspace, operate, say
from bot.domain.attributions.evidence import Evidence
from bot.domain.attributions.reasons import reason_for
from bot.domain.attributions.reports import MARKED, RULE, STRONG, WEAK, Rate
from bot.use_cases.attributions import Seen, ToldReport
from bot.use_cases.runs import AlreadyActive

_NAMES = {STRONG: "a strong mark", WEAK: "a weak mark only", MARKED: "any mark"}


def add(commands: Commands) -> None:
    parser = commands.add_parser("attributions", help="whose work it is, and by which rules")
    actions = parser.add_subparsers(required=True, metavar="action")
    again = actions.add_parser("reprocess", help="judge again what older rules have judged")
    add_workspace(again)
    again.add_argument("--all", action="store_true", help="also what today's rules have judged")
    operate(again, _reprocess)
    shown = actions.add_parser("show", help="the evidence about one pull request")
    add_workspace(shown)
    shown.add_argument("reference", metavar="OWNER/NAME#NUMBER")
    operate(shown, _show)
    wrong = actions.add_parser("correct", help="a rule's match was wrong; its author is told")
    add_workspace(wrong)
    wrong.add_argument("reference", metavar="OWNER/NAME#NUMBER")
    wrong.add_argument("--rule", required=True, metavar="TOOL.MARK", help="as `show` names it")
    wrong.add_argument("--undo", action="store_true", help="the match was right after all")
    operate(wrong, _correct)
    told = actions.add_parser("report", help="how good the rules are, by what authors answered")
    add_workspace(told)
    operate(told, _report)


async def _reprocess(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    found = await attributions.reprocess(services, workspace_id, everything=words.all)
    if isinstance(found, AlreadyActive):
        say(f"Run {found.run_id} is at it already. Watch it: hunch runs show {found.run_id}")
    else:
        say(f"Run {found.run_id} is started. Watch it: hunch runs show {found.run_id}")


async def _show(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    say("\n".join(_evidence(await attributions.show(services, workspace_id, words.reference))))


def _evidence(seen: Seen) -> Iterator[str]:
    yield f"{seen.repository}#{seen.key.number}  {seen.title}"
    for one in seen.evidence:
        yield f"  {one.rule:<28}  {one.strength:<6}  {_why(one, seen)}"
    if not seen.evidence:
        yield "  No rule matches: nobody knows, which does not mean a person wrote it."
    if seen.ai_reviewers:
        yield f"  Reviewed by AI: {', '.join(seen.ai_reviewers)}. That says nothing about authorship."


def _why(one: Evidence, seen: Seen) -> str:
    wrong = " (found to be wrong; does not count)" if one.rule in seen.dismissed else ""
    return f"{reason_for(one)}: {one.text}{wrong}"


async def _correct(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    corrected = await attributions.correct(
        services, workspace_id, words.reference, words.rule, undo=words.undo
    )
    if corrected.changed:
        say("Done, and its author is told.")
    else:
        say("That was so already, so nothing was changed.")
    say("\n".join(_evidence(corrected.seen)))


async def _report(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    say("\n".join(_lines(await attributions.report(services, workspace_id))))


def _lines(told: ToldReport) -> Iterator[str]:
    report = told.report
    yield f"By {report.answers} answers of the 12 months before {told.counted_at:%Y-%m-%d %H:%M}."
    yield "Where a rule matched, its author said that AI was involved:"
    for name in sorted(report.precision, key=lambda name: (name.startswith(RULE), name)):
        label = _NAMES.get(name, name.removeprefix(RULE))
        yield f"  {label:<32}  {_rate(report.precision[name])}"
    if not report.precision:
        yield "  Not enough data."
    found = _rate(report.recall) if report.recall is not None else "Not enough data."
    yield f"Of what authors said AI was involved in, carries a mark:  {found}"
    if report.withheld:
        yield f"{report.withheld} more groups cannot be told without telling of single people."


def _rate(rate: Rate) -> str:
    return f"{rate.value:4.0%}  (n = {rate.n}, 95 % interval {rate.low:.0%} to {rate.high:.0%})"
