"""A derivation as a tree for readers, with the words of the problem beside each fact.

The steps are those that the checker checks; nothing is added but the words that the program cites.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.reasoning.citations import cited_statements
from solvers.types import Derivation, Language, Program, Rule, Step

MOST_NODES = 400
"""Of one tree; what lies beyond is counted, not shown."""

_WHY = {
    Rule.QUERY: "the query",
    Rule.BUILTIN: "by the engine's own definition",
    Rule.CONSTRAINT: "holds of these values",
    Rule.LEFT: "the first alternative",
    Rule.RIGHT: "the second alternative",
    Rule.THEN: "the condition holds",
    Rule.ELSE: "the condition fails",
    Rule.CALL: "called",
    Rule.FAILURE: "fails, as it should",
    Rule.ALL: "all solutions",
}


@dataclass(frozen=True, slots=True)
class Node:
    """A goal that holds, why, the words of the problem it cites, and the goals it rests on."""

    goal: str
    why: str
    words: tuple[str, ...]
    premises: tuple["Node", ...]


def proof_tree(derivation: Derivation, problem: str, program: Program) -> Node | None:
    """The tree of one answer; a step that several rest on is spelt out once. None: there are no steps.

    Args:
        problem: the text whose words are cited.
    """
    words = cited_words(problem, program)
    steps = derivation.steps
    nodes: dict[int, Node] = {}
    # A premise stands behind the step that rests on it, so from the last step backwards all is there when it is needed.
    for place in range(len(steps) - 1, -1, -1):
        step = steps[place]
        nodes[place] = Node(
            step.goal,
            _why(step),
            words.get(step.line, ()) if step.rule is Rule.CLAUSE and step.line is not None else (),
            tuple(nodes[premise] for premise in step.premises if premise in nodes),
        )
    return nodes.get(0)


def tree_lines(root: Node) -> list[tuple[int, Node | None, int]]:
    """The nodes in reading order, each with its depth; a node met before stands for itself alone, `None` and a number
    at the end for those left out.
    """
    lines: list[tuple[int, Node | None, int]] = []
    seen: set[int] = set()
    left_out = 0
    waiting = [(0, root)]
    while waiting:
        depth, node = waiting.pop()
        first_met = id(node) not in seen
        if len(lines) < MOST_NODES:
            lines.append((depth, node, 0))
        else:
            left_out += first_met
        if first_met:
            seen.add(id(node))
            waiting += [(depth + 1, premise) for premise in reversed(node.premises)]
    if left_out:
        lines.append((0, None, left_out))
    return lines


def cited_words(problem: str, program: Program) -> Mapping[int, tuple[str, ...]]:
    """The words of the problem that each clause or assertion cites, by the line where it begins; false citations are
    left out.
    """
    return {
        statement.line: tuple(citation.words for citation in statement.citations if citation.spans)
        for statement in cited_statements(problem, program)
    }


def _why(step: Step) -> str:
    if step.rule is not Rule.CLAUSE:
        return _WHY[step.rule]
    return f"fact, line {step.line}" if not step.premises else f"rule, line {step.line}"


def assertions_with_words(problem: str, program: Program) -> Sequence[tuple[str, tuple[str, ...]]]:
    """SMT-LIB has no derivation of an answer: what is asserted, each with the words it cites."""
    if program.language is not Language.SMT:
        return ()
    return [
        (statement.text, tuple(citation.words for citation in statement.citations if citation.spans))
        for statement in cited_statements(problem, program)
    ]
