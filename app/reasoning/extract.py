"""Takes the program, its query and its gloss out of a completion, or says why it cannot.

A completion is text by a language model: anything may stand in it. Nothing here raises on it, runs it or repairs it;
what is taken is what stands there, line for line, so that the position of a fault in the program is one in the
completion too. Two things are blanked out, line breaks kept: `?- goal.` in Prolog, and in SMT-LIB the commands that
only ask (`check-sat`, `get-value`...), because the query says what is asked.

Where several blocks could be meant, the last that stands alone is taken, since models correct themselves; if none
does, they are pieces of one.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.lm.types import Completion, FinishReason
from app.reasoning.types import Formalisation, Gloss, Kind, NotExtracted, World
from solvers.smt.sexpr import (
    Node,
    Sexpr,
    SexprError,
    TokenKind,
    commands,
    flatten,
    read,
    symbol_name,
    tokens,
    write,
)
from solvers.types import Diagnostic, ErrorClass, Language, Program

MAX_PROGRAM_CHARACTERS = 256_000

CUT_OFF = "the reply was cut off"
"""How the message of a completion that met its `max_tokens` begins."""

_THOUGHT_TAGS = ("think", "thinking", "reasoning", "thought")
_FENCE = re.compile(r"^[ \t>]*(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\r\n]*?)[ \t]*$")
_INFO = {
    Language.PROLOG: frozenset(
        {"prolog", "swi-prolog", "swiprolog", "swipl", "swi", "pl", "pro", "clp", "clpq", "clpfd"}
    ),
    Language.SMT: frozenset({"smt", "smt2", "smtlib", "smt-lib", "smtlib2", "smt-lib2", "z3", "lisp", "scheme"}),
}
_NAMES = {Language.PROLOG: "Prolog", Language.SMT: "SMT-LIB"}
_COMMENT = {Language.PROLOG: "%", Language.SMT: ";"}

_PROLOG_CODE = re.compile(r"[ \t]*(?::-|\?-|%|/\*|[a-z]\w*\(|[a-z]\w*[ \t]*(?::-|-->|\.[ \t]*$))")
_SMT_CODE = re.compile(r"[ \t]*\([ \t]*(?:set-|declare-|define-|assert|minimize\b|maximize\b|push\b|check-sat)")
_PROSE = re.compile(r"(?:^|[ \t])[A-Za-z][A-Za-z'\u2019]*(?:,? [A-Za-z'\u2019]+){3}")
_QUOTED_OR_COMMENT = re.compile(r"'[^']*'|\"[^\"]*\"|\|[^|]*\||%.*|;.*")

_PROLOG_KEY = re.compile(r"[ \t]*%+[ \t]*\**(query|goal|complement|negation)\**[ \t]*[:=]\**[ \t]*(.*)", re.IGNORECASE)
_SMT_KEY = re.compile(r"[ \t]*;+[ \t]*\**(query|conclusion|answer)\**[ \t]*[:=]\**[ \t]*(.*)", re.IGNORECASE)
_PROSE_KEY = re.compile(
    r"\W*(query|goal|complement|negation|conclusion|answer)\W*[:=][ \t]*\**[ \t]*`([^`]+)`", re.IGNORECASE
)
_PROLOG_GLOSS = re.compile(r"[ \t]*%+[ \t]*([a-z]\w*(?:/\d+)?)(?:\([^()]*\))?[ \t]*:[ \t]+(\S.*)")
_SMT_GLOSS = re.compile(r"[ \t]*;+[ \t]*(\|[^|]+\||[^\s:()|]+)[ \t]*:[ \t]+(\S.*)")
_PROLOG_ENTRY = re.compile(r"^(solve|problem|answer)\([ \t]*[A-Z_]\w*[ \t]*\)[ \t]*(?::-|\.)", re.MULTILINE)
_SIMPLE_GOAL = re.compile(r"[a-z]\w*(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?")
# What is not closed goes on to the end of the text, and nothing is tried twice: reading stays linear.
_PROLOG_BLANK = re.compile(
    r"""0'(?:\\.|''|[^\\\n]) | %[^\n]* | /\*.*?(?:\*/|\Z)
      | '(?:[^'\\]|\\.?|'')*+(?:'|\Z) | "(?:[^"\\]|\\.?|"")*+(?:"|\Z) | `(?:[^`\\]|\\.?)*+(?:`|\Z)""",
    re.DOTALL | re.VERBOSE,
)
_SMT_BLANK = re.compile(r"""; [^\n]* | "(?:[^"]|"")*+(?:"|\Z) | \|[^|]*+(?:\||\Z)""", re.VERBOSE)
_ASKING = frozenset(
    "check-sat check-sat-assuming get-model get-value get-unsat-core get-unsat-assumptions get-objectives "
    "get-assertions get-assignment get-proof get-info get-option echo exit".split()
)
_ASSUMING_NOTHING = 5
"""Tokens of `(check-sat-assuming ())`."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A fenced block: the word behind its fence, its text, and whether it was closed again."""

    info: str
    text: str
    closed: bool


class _Unreadable(Exception):
    """Leaves extraction with its one diagnostic; never leaves this module."""


def extract(
    completion: Completion, language: Language, kind: Kind, world: World = World.OPEN
) -> Formalisation | NotExtracted:
    """Read a completion as a formalisation in `language` of a problem of this kind. Never raises on its text.

    Returns:
        `Formalisation`; its query is the goal (Prolog), the terms wanted or the conclusion (SMT), as one line.
        `NotExtracted` with one diagnostic of class `syntax` that says what is missing; with none if the completion is
        an abstention, which is no fault.
    """
    if completion.finish_reason is FinishReason.ABSTAINED:
        return NotExtracted(())
    try:
        return _extract(completion, language, kind, world)
    except _Unreadable as reason:
        return NotExtracted((Diagnostic(ErrorClass.SYNTAX, str(reason)),))


def _extract(completion: Completion, language: Language, kind: Kind, world: World) -> Formalisation:
    text = completion.text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    if not text.strip():
        raise _Unreadable(
            "the reply is empty"
            if completion.finish_reason is not FinishReason.LENGTH
            else _cut(completion, "it began")
        )
    text, unfinished = _without_thoughts(text)
    if unfinished and not text.strip():
        if completion.finish_reason is FinishReason.LENGTH:
            raise _Unreadable(_cut(completion, "its program began"))
        raise _Unreadable("the reply ends inside its reasoning, before any program")

    source = _program_text(text, language, completion)
    if len(source) > MAX_PROGRAM_CHARACTERS:
        raise _Unreadable(
            f"the program has {len(source)} characters, and {MAX_PROGRAM_CHARACTERS} are allowed: write it shorter"
        )
    if re.search("[\0\ud800-\udfff]", source):
        raise _Unreadable("the program holds NUL or half of a character, which belong into no program")
    if language is Language.PROLOG:
        return _prolog(source, text, kind, world)
    return _smt(source, text, kind)


# Finding the program


def _without_thoughts(text: str) -> tuple[str, bool]:
    """The text without what stands between thought tags, and whether a thought was still going on at its end.

    Some servers put the opening tag into the prompt: then everything up to the closing one is thought.
    """
    unfinished = False
    for tag in _THOUGHT_TAGS:
        kept: list[str] = []
        position: int | None = 0
        for match in re.finditer(rf"<(/?){tag}>", text, re.IGNORECASE):
            if match[1]:
                if position is not None:
                    kept = []
                position = match.end()
            elif position is not None:
                kept.append(text[position : match.start()])
                position = None
        if position is None:
            unfinished = True
        else:
            kept.append(text[position:])
        text = "".join(kept)
    return text, unfinished


def _program_text(text: str, language: Language, completion: Completion) -> str:
    found = _blocks(text)
    fitting = [block for block in found if _fits(block, language)]
    cut = completion.finish_reason is FinishReason.LENGTH
    if fitting:
        chosen = _choose(fitting, language)
        if not fitting[-1].closed and (cut or not _is_complete(fitting[-1].text, language)):
            if cut:
                raise _Unreadable(_cut(completion, "the program ended"))
            raise _Unreadable("the fenced block is not closed, and the program in it does not come to an end")
        return chosen
    if found:
        other = next((block.info for block in found if block.info), "")
        raise _Unreadable(
            f"the reply holds a block of {other or 'something else'}, but a {_NAMES[language]} program is wanted"
        )
    bare = _bare(text, language)
    if cut:
        raise _Unreadable(_cut(completion, "the program ended"))
    if not bare:
        raise _Unreadable(
            f"the reply holds no program: no fenced block, and none of its lines reads as {_NAMES[language]}"
        )
    return bare


def _cut(completion: Completion, before: str) -> str:
    after = "" if completion.usage is None else f" after {completion.usage.completion_tokens} tokens"
    return f"{CUT_OFF}{after}, before {before}"


def _blocks(text: str) -> list[_Block]:
    """The fenced blocks, in order; of nested ones the innermost that names a language."""
    found: list[_Block] = []
    fence = info = ""
    lines: list[str] = []
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if not fence:
            if match:
                fence, info, lines = match["fence"], match["info"], []
            continue
        if match and match["info"] and _is_known(match["info"]):
            # A block within a block, such as ```markdown around ```prolog.
            fence, info, lines = match["fence"], match["info"], []
        elif match and not match["info"] and match["fence"][0] == fence[0] and len(match["fence"]) >= len(fence):
            found.append(_Block(info, "\n".join(lines), closed=True))
            fence = ""
        else:
            lines.append(line)
    if fence:
        found.append(_Block(info, "\n".join(lines), closed=False))
    return [block for block in found if block.text.strip()]


def _word(info: str) -> str:
    return re.split(r"[\s,{:]", info.strip().lower().lstrip("{."), maxsplit=1)[0].rstrip("}")


def _is_known(info: str) -> bool:
    return any(_word(info) in names for names in _INFO.values())


def _fits(block: _Block, language: Language) -> bool:
    word = _word(block.info)
    if any(word in names for names in _INFO.values()):
        return word in _INFO[language]
    return word in {"", "text", "txt", "plaintext", "code", "plain", "logic"} and _reads_as(block.text, language)


def _reads_as(text: str, language: Language) -> bool:
    smt = any(_SMT_CODE.match(line) or _SMT_KEY.match(line) for line in text.split("\n"))
    if language is Language.SMT:
        return smt
    return not smt and any(_PROLOG_CODE.match(line) for line in text.split("\n"))


def _choose(fitting: Sequence[_Block], language: Language) -> str:
    alone = [block for block in fitting if _stands_alone(block.text, language)]
    if alone:
        return alone[-1].text
    return "\n".join(block.text for block in fitting)


def _stands_alone(text: str, language: Language) -> bool:
    """Whether the block has both a query and something that it can be put to."""
    if language is Language.SMT:
        return bool(_stated(text, _SMT_KEY)) and "(assert" in text
    queries = _stated(text, _PROLOG_KEY).get("query") or [goal for goal, _, _ in _asked(text)]
    name = re.match(r"\W*([a-z]\w*)", queries[-1]) if queries else None
    return name is not None and re.search(rf"^[ \t]*{name[1]}\b", text, re.MULTILINE) is not None


def _is_complete(text: str, language: Language) -> bool:
    """Whether a block that nobody closed comes to an end all the same: some servers stop at the closing fence."""
    if language is Language.SMT:
        try:
            list(commands(tokens(text)))
        except SexprError:
            return False
        return bool(_stated(text, _SMT_KEY))
    return bool(_stated(text, _PROLOG_KEY).get("query")) and _code(text, language).rstrip().endswith(".")


def _bare(text: str, language: Language) -> str:
    """The lines from the first to the last that read as code; prose before and behind is left out."""
    lines = text.split("\n")
    begins = _PROLOG_CODE if language is Language.PROLOG else _SMT_CODE
    key = _PROLOG_KEY if language is Language.PROLOG else _SMT_KEY
    code = [i for i, line in enumerate(lines) if (begins.match(line) and not _is_prose(line)) or key.match(line)]
    if not code or not any(begins.match(lines[i]) and not lines[i].lstrip().startswith("%") for i in code):
        return ""
    last = code[-1]
    for i in range(last + 1, len(lines)):
        line = lines[i].strip()
        if (
            line
            and not _is_prose(line)
            and re.search(r"[(){}=.,;]", line)
            and not re.match(r"[A-Z][a-z]+ [a-z]+", line)
        ):
            last = i
    return "\n".join(lines[code[0] : last + 1])


def _is_prose(line: str) -> bool:
    """Four plain words in a row, outside of quotes and comments: no clause and no command has that."""
    return _PROSE.search(_QUOTED_OR_COMMENT.sub("", line)) is not None


# Reading the comment lines


def _stated(text: str, key: re.Pattern[str]) -> dict[str, list[str]]:
    """What the comment lines state, by key: `goal` counts as `query`, `negation` as `complement`. In order, none
    twice.
    """
    lines = text.split("\n")
    found: dict[str, list[str]] = {}
    for i, line in enumerate(lines):
        match = key.match(line)
        if not match:
            continue
        value = match[2]
        for further in lines[i + 1 : i + 20]:
            # A long goal or formula may go on in the next comment lines: until its parentheses are closed.
            if value.count("(") <= value.count(")") or further.lstrip()[:1] not in ("%", ";"):
                break
            value += " " + further.lstrip().lstrip("%;").strip()
        name = {"goal": "query", "negation": "complement"}.get(match[1].lower(), match[1].lower())
        value = _clean(value)
        if value and value not in found.setdefault(name, []):
            found[name].append(value)
    return found


def _clean(value: str) -> str:
    value = re.sub(r"\.[ \t]+[%;(].*$", ".", value.strip()).replace("`", "").strip()
    value = value.removeprefix("?-").strip().rstrip("*").strip()
    return value.removesuffix(".").strip()


def _in_prose(text: str) -> dict[str, list[str]]:
    """What the prose around the blocks states, as in ``Query: `solve(X)` ``."""
    found: dict[str, list[str]] = {}
    for line in text.split("\n"):
        if match := _PROSE_KEY.match(line):
            name = {"goal": "query", "negation": "complement"}.get(match[1].lower(), match[1].lower())
            found.setdefault(name, []).append(_clean(match[2]))
    return found


def _the_one(values: Sequence[str], what: str) -> str:
    if len(values) > 1:
        shown = " and ".join(f"`{value}`" for value in values[:2])
        raise _Unreadable(f"the program states more than one {what}, {shown}: keep the one that the problem asks for")
    return values[0]


def _gloss(
    text: str, pattern: re.Pattern[str], key: re.Pattern[str], is_symbol: Callable[[str], bool]
) -> tuple[Gloss, ...]:
    found: dict[str, str] = {}
    for line in text.split("\n"):
        match = pattern.fullmatch(line.rstrip())
        if match and not key.match(line) and is_symbol(match[1]):
            found.setdefault(match[1], match[2].strip())
    return tuple(Gloss(symbol, words) for symbol, words in found.items())


def _code(text: str, language: Language) -> str:
    """The text with comments and quoted names as blanks: every other character keeps its place."""
    pattern = _PROLOG_BLANK if language is Language.PROLOG else _SMT_BLANK
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with what stands in `spans`, which are in order and apart, as blanks; line breaks stay."""
    parts: list[str] = []
    position = 0
    for start, end in spans:
        parts += [text[position:start], re.sub(r"[^\n]", " ", text[start:end])]
        position = end
    return "".join([*parts, text[position:]])


def comments(text: str, language: Language) -> list[tuple[int, int]]:
    """From where to where each comment of a program stands, its mark included; what is quoted is none."""
    pattern, mark = (_PROLOG_BLANK, ("%", "/*")) if language is Language.PROLOG else (_SMT_BLANK, (";",))
    return [match.span() for match in pattern.finditer(text) if match.group().startswith(mark)]


def prolog_code(text: str) -> str:
    """A Prolog text with comments and quoted names blanked out, for rules that look at what is left."""
    return _code(text, Language.PROLOG)


# Prolog


def _asked(source: str) -> list[tuple[str, int, int]]:
    """The `?- goal.` of a program: goal, and from where to where it stands."""
    if "?-" not in source:
        return []
    code = _code(source, Language.PROLOG)
    found: list[tuple[str, int, int]] = []
    for match in re.finditer(r"^[ \t]*\?-", code, re.MULTILINE):
        end = re.compile(r"\.(?=\s|\Z)").search(code, match.end())
        if end:
            found.append((source[match.end() : end.start()].strip(), match.start(), end.end()))
    return found


def _prolog(source: str, around: str, kind: Kind, world: World) -> Formalisation:
    stated = _stated(source, _PROLOG_KEY)
    prose = _in_prose(around)
    asked = _asked(source)
    program = _blanked(source, [(start, end) for _, start, end in asked])
    code = _code(program, Language.PROLOG)
    if not re.search(r"\S", code):
        raise _Unreadable("the block holds no clause, only comments")

    queries = stated.get("query") or list(dict.fromkeys(goal for goal, _, _ in asked)) or prose.get("query")
    if not queries and kind is not Kind.ENTAILMENT:
        entries = {match[1] for match in _PROLOG_ENTRY.finditer(code)}
        queries = [f"{name}(Answer)" for name in ("solve", "problem", "answer") if name in entries][:1]
    if not queries:
        example = "% query: round(bob)." if kind is Kind.ENTAILMENT else "% query: solve(X)."
        raise _Unreadable(f"the program states no query: name it in a comment line at its end, as in `{example}`")
    query = _the_one(queries, "query")

    complement = None
    if kind is Kind.ENTAILMENT:
        complements = stated.get("complement") or prose.get("complement")
        complement = _the_one(complements, "complement") if complements else _complement(query, world)
    gloss = _gloss(
        source, _PROLOG_GLOSS, _PROLOG_KEY, lambda symbol: re.search(rf"\b{symbol.split('/')[0]}\b", code) is not None
    )
    return Formalisation(Program(Language.PROLOG, program), query, complement, gloss)


def _complement(query: str, world: World) -> str:
    """The complement of one plain literal, which needs no stating; of anything else it does."""
    if world is World.CLOSED:
        return f"\\+ ({query})"
    negative = re.fullmatch(r"neg\((.*)\)", query)
    if negative and _SIMPLE_GOAL.fullmatch(negative[1]):
        return negative[1]
    if not negative and _SIMPLE_GOAL.fullmatch(query):
        return f"neg({query})"
    raise _Unreadable(
        "the program states no complement: name what holds if the conclusion is false, "
        "as in `% complement: neg(round(bob)).`"
    )


# SMT-LIB


def _smt(source: str, around: str, kind: Kind) -> Formalisation:
    stated = _stated(source, _SMT_KEY)
    prose = _in_prose(around)
    program, asked = _without_asking(source)
    symbols = _symbols(program)
    if not symbols:
        raise _Unreadable("the block holds no declaration and no assertion")
    gloss = _gloss(source, _SMT_GLOSS, _SMT_KEY, lambda symbol: symbol.strip("|") in symbols)
    if kind is Kind.ENTAILMENT:
        return Formalisation(Program(Language.SMT, program), _conclusion(stated, prose, symbols), None, gloss)
    return Formalisation(Program(Language.SMT, program), _wanted(stated, prose, asked, program, kind), None, gloss)


def _without_asking(source: str) -> tuple[str, list[str]]:
    """The program with the commands that only ask blanked out, and the terms that its `get-value`s asked for.

    What stands behind `exit` is nobody's program. A `check-sat-assuming` that assumes something does not only ask.
    """
    try:
        found = list(commands(tokens(source)))
    except SexprError:
        return source, []  # the run says what is wrong with it, and where
    asked: list[str] = []
    spans: list[tuple[int, int]] = []
    for command in found:
        if len(command) < 2 or command[1].text not in _ASKING:
            continue
        if command[1].text == "check-sat-assuming" and len(command) > _ASSUMING_NOTHING:
            continue
        start, end = command[0].start, command[-1].start + 1
        if command[1].text == "exit":
            spans.append((start, found[-1][-1].start + 1))
            break
        if command[1].text == "get-value":
            asked += [write(flatten(term)) for term in _terms(source[start:end])]
        spans.append((start, end))
    return _blanked(source, spans), list(dict.fromkeys(asked))


def _terms(get_value: str) -> tuple[Sexpr, ...]:
    command = read(get_value)[0]
    if isinstance(command, Node) and len(command.items) == 2 and isinstance(command.items[1], Node):
        return command.items[1].items
    return ()


def _symbols(program: str) -> frozenset[str]:
    """Every symbol of the program; of one that cannot be read as tokens, every word."""
    try:
        found = tokens(program)
    except SexprError:
        return frozenset(re.findall(r"[^\s()\";|]+", program))
    return frozenset(symbol_name(token) for token in found if token.kind in (TokenKind.SYMBOL, TokenKind.QUOTED))


def _conclusion(stated: dict[str, list[str]], prose: dict[str, list[str]], symbols: frozenset[str]) -> str:
    queries = stated.get("query") or prose.get("query") or []
    if "conclusion" in symbols and not any(query.strip("|") in symbols for query in queries):
        # It is defined, so it is meant, whatever words the comment lines put it in.
        return "conclusion"
    queries = queries or stated.get("conclusion") or prose.get("conclusion") or []
    if not queries:
        raise _Unreadable(
            "the program states no conclusion: define it and name it at the end, as in `; query: conclusion`"
        )
    expressions = _read_terms(_the_one(queries, "query"), "query")
    if len(expressions) != 1:
        raise _Unreadable(
            f"`; query:` names {len(expressions)} things, and one formula is wanted: define it as `conclusion`"
        )
    return write(flatten(expressions[0]))


def _wanted(
    stated: dict[str, list[str]], prose: dict[str, list[str]], asked: list[str], program: str, kind: Kind
) -> str:
    answers = stated.get("answer") or stated.get("query") or prose.get("answer")
    if answers:
        terms = _read_terms(_the_one(answers, "answer"), "answer")
    else:
        goals = re.findall(r"\([ \t]*(?:minimize|maximize)[ \t]+([^\s()]+)[ \t]*\)", _code(program, Language.SMT))
        terms = _read_terms(" ".join(asked or goals), "answer")
    if not terms:
        raise _Unreadable("the program does not say which term is wanted: name it at the end, as in `; answer: total`")
    if len(terms) > 1 and kind is not Kind.CONSTRAINT:
        shown = ", ".join(f"`{write(flatten(term))}`" for term in terms[:3])
        raise _Unreadable(
            f"one answer is wanted, and the program names {shown}: name the one that the problem asks for"
        )
    return " ".join(write(flatten(term)) for term in terms)


def _read_terms(text: str, what: str) -> list[Sexpr]:
    try:
        return read(text)
    except SexprError as error:
        raise _Unreadable(f"`; {what}: {text}` is not SMT-LIB: {error.message}") from error
