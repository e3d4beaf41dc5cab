"""`python -m solvers.checking FILE`: check the certificate in FILE, `-` for standard input, with the standard library
alone. Exit status 0: confirmed; 1: anything else.
"""

import json
import sys
from pathlib import Path

from solvers.certificates import CheckReport, CheckResult, certificate_from_json
from solvers.checking import CHECKER, check_certificate
from solvers.errors import ProtocolError

_USAGE = 2


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0].startswith("--"):
        sys.stderr.write("usage: python -m solvers.checking FILE\n")
        return _USAGE
    report = _report(arguments[0])
    sys.stdout.write(f"{report.result.value}: {_on_one_line(report.reason)}\n")
    for assumption in report.assumptions:
        sys.stdout.write(f"assumes: {_on_one_line(assumption)}\n")
    sys.stdout.write("not covered: whether the program says what the problem says\n")
    return 0 if report.result is CheckResult.CONFIRMED else 1


def _on_one_line(text: str) -> str:
    """What stands in a file can neither write a line of its own nor play with the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _report(name: str) -> CheckReport:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        certificate = certificate_from_json(json.loads(text))
    except (OSError, ValueError, RecursionError, ProtocolError) as error:
        return CheckReport(CheckResult.NOT_CHECKABLE, f"no certificate in {name}: {error}", CHECKER)
    return check_certificate(certificate)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
