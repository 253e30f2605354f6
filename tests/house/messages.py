"""Every message that can stop or puzzle a person, as the code has it, with its variable parts as …

Found by reading the code rather than by running it, so that docs/troubleshooting.md cannot miss one
that no test provokes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

_ROOT = Path(__file__).parent.parent.parent
_ROOMS = ("bot", "handlers", "storage", "jobs")
_WORDS = re.compile(r"[A-Za-z]{2,}")
_ABOUT_A_SETTING = re.compile(r"[A-Z]+(_[A-Z]+)+: ")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# What is said to these is said to nobody, or to the log.
_UNSEEN = frozenset({"debug", "info", "warning", "error", "exception", "startswith"})
_NO_TROUBLE = frozenset(
    {
        "All is well.", "Was that pull request AI-assisted?", "Hunch is in …",
        "Connect GitHub to …", "Link a GitHub account", "GitHub is connected: …",
        "You are … on GitHub",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where texts are found that are no error's: those of `functions` (empty: of the whole file)
    and of the constants `names`, if they have `words` or more."""

    path: str
    functions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    words: int = 4


_PLACES = (
    Place("bot/domain/runs.py", ("fix_for",), ("_FIXES", "CHANGED")),
    Place("bot/errors.py", names=("advice",)),
    Place("bot/app/probes.py"),
    Place("handlers/health.py", ("report", "_run"), words=3),
    Place("handlers/middleware.py", ("middleware",), words=3),
    Place("handlers/webhooks.py"),
    Place("handlers/operators/door.py", names=("_OTHER_REQUEST",)),
    Place("bot/use_cases/runs/fan_outs.py", ("dispatch",), ("_TOO_LATE",)),
    Place("bot/use_cases/runs/steps.py", ("_how_it_ends",)),
    Place("jobs/runs.py", ("_broken",)),
    Place("bot/views/refusals.py"),
    Place("bot/views/commands.py", ("locked", "unknown", "failed"), words=3),
    Place("bot/views/homes/__init__.py", ("strangers_home",)),
    Place("bot/views/homes/admins.py", ("_reason",), ("_REASONS",), words=1),
    Place("bot/views/homes/connections.py", ("_hint",), ("_WHAT_TO_DO", "_REFUSED")),
    Place("bot/views/homes/members.py", ("_score", "_accounts", "_state"), words=7),
    Place("bot/views/leaderboards.py", ("none_yet", "_detectives", "_small_group"), words=7),
    Place("bot/views/reveals.py", ("outcome_line", "spoiled"), words=5),
    Place("bot/views/surveys.py", ("_closed",), words=3),
    Place("bot/views/connections.py", ("what_to_do", "_scope_missing", "cannot_ask", "not_kept")),
    Place("bot/views/githubs.py", names=("_FOR_OPERATORS", "told")),
    Place("bot/views/installs.py", names=("_FOR_OPERATORS", "told")),
    Place("bot/cli/backups.py", ("_tell_about_keys",)),
    Place("bot/cli/installs.py", ("_rest",), ("_LOCKED",)),
    Place("bot/cli/keys.py", ("_next",), words=3),
    Place("bot/use_cases/facts.py", names=("_MISTAKES", "_PATTERNS")),
)
# The argument that holds the text, by what is called and where.
_SAID_BY = {
    ("handlers", "Problem"): 1,
    ("handlers", "_unauthorized"): 0,
    ("", "UserError"): 0,
    ("", "Missing"): 0,
    ("", "SettingsError"): 0,
    ("bot/app/doctor", "problem"): 1,
    ("bot/app/doctor", "warning"): 1,
    ("bot/views/installs.py", "Page"): 0,
    ("bot/views/githubs.py", "Page"): 0,
}


def messages() -> dict[str, str]:
    """Each message and the file it is in."""
    files = (path for room in _ROOMS for path in sorted((_ROOT / room).rglob("*.py")))
    found = {text: name for path in files for name, text in _raised(path)}
    for place in _PLACES:
        found |= dict.fromkeys(_texts_of(place), place.path)
    found |= dict.fromkeys(_about_settings(), "bot/settings.py")
    return {text: name for text, name in found.items() if text not in _NO_TROUBLE}


def normalized(text: str) -> str:
    """The text on one line, with one … where several parts vary."""
    return re.sub(r"…[…\s]*…", "…", " ".join(text.split()))


def _raised(path: Path) -> Iterator[tuple[str, str]]:
    name, tree = str(path.relative_to(_ROOT)), ast.parse(path.read_text())
    known = _assigned(tree.body)
    for function in (node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)):
        local = known | _assigned(ast.walk(function))
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            for said in _said(name, call):
                yield from ((name, text) for text in _texts(said, local) if _WORDS.search(text))


def _said(name: str, call: ast.Call) -> Iterator[ast.expr]:
    for (where, called), index in _SAID_BY.items():
        is_called = getattr(call.func, "id", getattr(call.func, "attr", "")) == called
        if is_called and name.startswith(where) and index < len(call.args):
            yield call.args[index]


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, list[ast.expr]]:
    """What plain names stand for, wherever they are given a value."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for name, value in _pairs(target, node.value):
                    found.setdefault(name, []).append(value)
    return found


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for each, part in zip(target.elts, value.elts, strict=False):
            yield from _pairs(each, part)


def _texts(node: ast.expr, known: dict[str, list[ast.expr]]) -> list[str]:
    """The texts an expression can be: several for a choice or a name."""
    match node:
        case ast.IfExp(body=yes, orelse=no):
            return [*_texts(yes, known), *_texts(no, known)]
        case ast.Name(id=name) if name in known:
            others = {key: value for key, value in known.items() if key != name}
            return [text for value in known[name] for text in _texts(value, others)]
        case _:
            return [normalized(_template(node))]


def _template(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(_template(part) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _template(left) + _template(right)
        case _:
            return "…"


def _texts_of(place: Place) -> Iterator[str]:
    tree = ast.parse((_ROOT / place.path).read_text())
    parts = [node for node in ast.walk(tree) if _is_meant(node, place)]
    for node in chain.from_iterable(map(_literals, parts)):
        text = normalized(_template(node))
        if len(_WORDS.findall(text)) >= place.words and (" " in text or place.words == 1):
            yield text


def _is_meant(node: ast.AST, place: Place) -> bool:
    is_whole = not (place.functions or place.names)
    if isinstance(node, _FUNCTIONS):
        return is_whole or node.name in place.functions
    if isinstance(node, ast.Assign):
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        return is_whole or not names.isdisjoint(place.names)
    return False


def _literals(node: ast.AST) -> Iterator[ast.expr]:
    """The texts in there, whole, without docstrings, dictionaries' keys and what is logged."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Call) and getattr(child.func, "attr", "") in _UNSEEN:
            continue
        if isinstance(child, ast.Constant | ast.JoinedStr | ast.BinOp):
            yield child
        elif isinstance(child, ast.Dict):
            yield from chain.from_iterable(_literals(ast.Expr(value)) for value in child.values)
        elif not isinstance(child, _FUNCTIONS):
            yield from _literals(child)


def _about_settings() -> Iterator[str]:
    """All of them are in one file, and begin with the setting's name."""
    tree = ast.parse((_ROOT / "bot/settings.py").read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)]
    for node in chain.from_iterable(map(_literals, functions)):
        text = normalized(_template(node))
        if _ABOUT_A_SETTING.match(text) or (text.startswith("…: ") and _WORDS.search(text)):
            yield text
