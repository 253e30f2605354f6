"""A line about something long: it changes in a terminal, and is a line a change elsewhere."""

from __future__ import annotations

import sys

from bot.cli.terminal import visible


class MovingLine:
    """The one line of a command that goes on for a while, beside its answer."""

    def __init__(self) -> None:
        self.moves = sys.stderr.isatty()
        self._shown = ""

    def show(self, text: str) -> None:
        """Say it, if it is news."""
        if text != self._shown:
            self._shown = text
            before, after = ("\r", "\x1b[K") if self.moves else ("  ", "\n")
            print(f"{before}{visible(text)}{after}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line where it is, and go on below it."""
        if self._shown and self.moves:
            print(file=sys.stderr, flush=True)
