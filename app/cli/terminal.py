"""Writes on standard output and standard error: folded at the width of a terminal, whole for a program.

Text of problems, programs and language models is shown as text: no markup is read in it, and control characters are
escaped, so that none of it can play with the terminal.
"""

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from app.api.text import printable

WIDTH_OF_A_PIPE = 100_000
"""Nothing is folded for a program that reads lines; a terminal has its own width."""


class Out(Console):
    """Standard output: folds at the width of a terminal, cuts nothing off, leaves no blanks at the end of lines."""

    def __init__(self) -> None:
        super().__init__(highlight=False, markup=False, emoji=False)
        if not self.is_terminal:
            self.width = WIDTH_OF_A_PIPE

    def show(self, shown: RenderableType = "") -> None:
        if self.is_terminal:
            self.print(shown)
            return
        with self.capture() as captured:
            self.print(shown)
        self.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()) or "\n")
        self.file.flush()


def out() -> Out:
    return Out()


def err() -> Console:
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def text_of(text: object, style: str = "") -> Text:
    return Text(printable(str(text)), style=style)


def indented(shown: RenderableType, by: int = 2) -> Padding:
    return Padding(shown, (0, 0, 0, by), expand=False)


def line_of(*parts: tuple[object, str] | str) -> Text:
    line = Text()
    for part in parts:
        line.append_text(text_of(part) if isinstance(part, str) else text_of(*part))
    return line


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
