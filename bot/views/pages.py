"""The few pages a person sees in a browser: plain, kind, without scripts, pictures or cookies."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

from jinja2 import Environment

_STYLE = """
:root { color-scheme: light dark; --ink: #1d1c1d; --soft: #5b5a5c; --paper: #ffffff;
  --desk: #f4f3f7; --line: #d9d7de; --button: #2c2d72; --label: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #f2f1f4; --soft: #b9b7bf; --paper: #232228;
  --desk: #17161b; --line: #3d3b44; --button: #b9bbff; --label: #17161b; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem 1rem;
  background: var(--desk); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { width: 100%; max-width: 34rem; padding: clamp(1.5rem, 5vw, 2.5rem);
  background: var(--paper); border: 1px solid var(--line); border-radius: 1rem; }
.name { margin: 0 0 .75rem; color: var(--soft); font-weight: 600; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere;
  text-wrap: balance; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
ul { margin: 0 0 1rem; padding-left: 1.25rem; }
.small { color: var(--soft); font-size: .9375rem; }
main > :last-child { margin-bottom: 0; }
.button { display: inline-block; margin: .25rem 0; padding: .75rem 1.25rem;
  border-radius: .5rem; background: var(--button); color: var(--label); font-weight: 600;
  text-decoration: none; }
.button:hover { text-decoration: underline; }
.button:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
"""
_TEMPLATE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ page.title }} · Hunch</title>
<style>{{ style | safe }}</style>
</head>
<body>
<main>
<p class="name">Hunch</p>
<h1>{{ page.title }}</h1>
{% for line in page.lines %}
<p>{{ line }}</p>
{% endfor %}
{% if page.items %}
<ul>
{% for item in page.items %}
<li>{{ item }}</li>
{% endfor %}
</ul>
{% endif %}
{% if page.button %}
<p><a class="button" href="{{ page.button.url }}">{{ page.button.label }}</a></p>
{% endif %}
{% for line in page.small %}
<p class="small">{{ line }}</p>
{% endfor %}
</main>
</body>
</html>
"""
)
_DIGEST = b64encode(sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The Content-Security-Policy of every page: its own style, and nothing else at all."""


@dataclass(frozen=True, slots=True)
class Button:
    """One thing to do next. `url` is ours or Slack's, never what somebody sent."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Page:
    """A heading, what it means, at most one thing to do, and what else is good to know."""

    title: str
    lines: tuple[str, ...]
    items: tuple[str, ...] = ()
    button: Button | None = None
    small: tuple[str, ...] = ()


def html(page: Page) -> str:
    """The page; whatever its texts contain is shown as text."""
    return _TEMPLATE.render(page=page, style=_STYLE)
