"""Reads an attack: a hostile program with a header of comment lines, and fills in what it aims at.

Header keys: `what` (a sentence), `expect` (with every layer on: a class of diagnostic, `stopped`, or `any`),
`answer: none` (it must not get one), `needs` (a layer without which its target stays open), `query` (default: the goal
`attack`, or no command for SMT-LIB).
Place-holders: `{{read}}` a secret file, `{{write}}` a path that must stay absent, `{{port}}` and `{{socket}}` servers
that must not be called, `{{env}}` a variable of the service, `{{repeat N TEXT}}`, `{{chr N}}`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from solvers import Job, Language, Program, Wanted

FOLDERS = {Language.PROLOG: "prolog", Language.SMT: "smt"}
COMMENT = {Language.PROLOG: "%", Language.SMT: ";"}


@dataclass(frozen=True, slots=True)
class Targets:
    """What an attack tries to reach; the secret is the content of `read`, of `env`, and of nothing else."""

    secret: str
    read: Path
    write: Path
    port: int
    socket: Path
    env: str


@dataclass(frozen=True, slots=True)
class Attack:
    name: str
    language: Language
    what: str
    expect: str
    answerless: bool
    needs: str | None
    query: str | None
    text: str

    def job(self, targets: Targets) -> Job:
        # A number is wanted, so that the service looks at the values it is told.
        return Job(Program(self.language, _fill(self.text, targets)), self.query, Wanted.NUMBER)


def load_attacks(folder: Path) -> list[Attack]:
    return [_parse(path, language) for language, name in FOLDERS.items() for path in sorted((folder / name).iterdir())]


def _parse(path: Path, language: Language) -> Attack:
    text = path.read_text(encoding="utf-8")
    header = dict(re.findall(rf"^{COMMENT[language]} (what|expect|answer|needs|query): (.*)$", text, re.MULTILINE))
    return Attack(
        name=f"{FOLDERS[language]}/{path.stem}",
        language=language,
        what=header["what"],
        expect=header["expect"],
        answerless=header.get("answer") == "none",
        needs=header.get("needs"),
        query=header.get("query", "attack" if language is Language.PROLOG else None),
        text=text,
    )


def _fill(text: str, targets: Targets) -> str:
    values = {name: str(getattr(targets, name)) for name in ("read", "write", "port", "socket", "env")}
    text = re.sub(r"\{\{(read|write|port|socket|env)\}\}", lambda found: values[found[1]], text)
    text = re.sub(r"\{\{chr (\d+)\}\}", lambda found: chr(int(found[1])), text)
    return re.sub(r"\{\{repeat (\d+) (.+?)\}\}", lambda found: found[2] * int(found[1]), text)
