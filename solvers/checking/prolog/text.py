"""Built-in predicates of the search on atoms and strings."""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.collect import list_or_partial
from solvers.checking.prolog.machine import Search
from solvers.checking.prolog.terms import NIL, Atom, Term, Text, Var, deref, list_of, make_list

Args = tuple[Term, ...]

_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}")
_FLOAT = re.compile(r"[-+]?[0-9]{1,300}\.[0-9]{1,300}")
_SOME_DIGIT = re.compile(r"[0-9]|inf|nan|epsilon|Inf|NaN")

LONGEST = 1_000_000
"""Characters of a text that a program makes."""


def text_of(term: Term) -> str:
    """The text of an atom, a string or a number."""
    term = deref(term)
    if isinstance(term, Atom) and term != NIL:
        return term.name
    if isinstance(term, Text):
        return term.value
    if type(term) is int:
        if term.bit_length() > 13_000:
            raise NotCheckableError("the digits of a number beyond the check")
        return str(term)
    if type(term) is float and (term == 0.0 or 1e-4 <= abs(term) < 1e15):
        return repr(term)
    if type(term) is Fraction:
        return f"{term.numerator}r{term.denominator}"
    raise NotCheckableError("the text of what has none, or one that is up to the engine")


def number_of(text: str) -> int | float | None:
    """What a text reads as; None: surely no number."""
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SOME_DIGIT.search(text) is None:
        return None
    raise NotCheckableError("a text that the engine may or may not read as a number")


def _make_room(budget: Budget, length: int) -> None:
    """Called before a text of so many characters is made: a program can double one in a few steps."""
    if length > LONGEST:
        raise NotCheckableError(f"a text of more than {LONGEST} characters is beyond the check")
    budget.spend(length // 50)


def _atomic(term: Term) -> bool:
    term = deref(term)
    return isinstance(term, Atom | Text | int | float | Fraction)


def _atom_or_text(term: Term) -> str:
    term = deref(term)
    if not isinstance(term, Atom | Text):
        raise NotCheckableError("an atom or a string is expected")
    return text_of(term)


def _result(term: Term, kinds: tuple[type, ...] = ()) -> None:
    """Make sure that the engine takes it as the place of a result: it is a variable, or of one of these kinds."""
    if not isinstance(deref(term), (Var, *kinds)):
        raise NotCheckableError("the result of a text predicate is given, and of a kind of its own")


def _codes(text: str) -> Term:
    return make_list(map(ord, text))


def _chars(text: str) -> Term:
    return make_list(map(Atom, text))


def _listed(term: Term, budget: Budget) -> str:
    """The text that a list of codes or characters spells."""
    items = list_of(term, budget)
    if items is None:
        raise NotCheckableError("a list of characters is expected")
    found = []
    for item in map(deref, items):
        if type(item) is int and 0 < item < 0xD800:
            found.append(chr(item))
        elif isinstance(item, Atom) and len(item.name) == 1 and item != NIL:
            found.append(item.name)
        else:
            raise NotCheckableError("a list of characters is expected")
    return "".join(found)


def _number(text: str) -> Term:
    number = number_of(text)
    if number is None:
        raise NotCheckableError("a text that is no number")
    return number


def _spelled(
    spell: Callable[[str], Term], make: Callable[[str], Term], wanted: tuple[type, ...]
) -> Callable[[Search, Args], bool]:
    """`atom_codes/2` and its like."""

    def test(search: Search, args: Args) -> bool:
        if not isinstance(deref(args[0]), Var):
            if not isinstance(deref(args[0]), wanted):
                raise NotCheckableError("the text of a term of another kind")
            if wanted is _NUMBER or not list_of(args[1], search.budget):
                _result(args[1])
            text = text_of(args[0])
            search.budget.spend(len(text))
            return search.unify(args[1], spell(text))
        return search.unify(args[0], make(_listed(args[1], search.budget)))

    return test


def _atom_string(search: Search, args: Args) -> bool:
    if isinstance(deref(args[0]), Var):
        return search.unify(args[0], Atom(text_of(args[1])))
    _result(args[1], (Text,))
    return search.unify(args[1], Text(text_of(args[0])))


def _atom_number(search: Search, args: Args) -> bool:
    if isinstance(deref(args[0]), Var):
        if not isinstance(deref(args[1]), int | float | Fraction):
            raise NotCheckableError("atom_number/2 of no number")
        return search.unify(args[0], Atom(text_of(args[1])))
    number = number_of(_atom_or_text(args[0]))
    _result(args[1], _NUMBER)
    return number is not None and search.unify(args[1], number)


def _number_string(search: Search, args: Args) -> bool:
    if isinstance(deref(args[1]), Var):
        if not isinstance(deref(args[0]), int | float | Fraction):
            raise NotCheckableError("number_string/2 of no number")
        return search.unify(args[1], Text(text_of(args[0])))
    _result(args[0], _NUMBER)
    _result(args[1], (Text,))
    number = number_of(text_of(args[1]))
    return number is not None and search.unify(args[0], number)


def _text_length(search: Search, args: Args) -> bool:
    wanted = deref(args[1])
    if not isinstance(wanted, Var) and (type(wanted) is not int or wanted < 0):
        raise NotCheckableError("a length that is none")
    return search.unify(wanted, len(text_of(args[0])))


def _concatenated(make: Callable[[str], Term]) -> Callable[[Search, Args], Iterator[None]]:
    """`atom_concat/3` and `string_concat/3`."""

    def ways(search: Search, args: Args) -> Iterator[None]:
        left, right = _atomic(args[0]), _atomic(args[1])
        if left and right:
            _result(args[2])
            parts = text_of(args[0]), text_of(args[1])
            _make_room(search.budget, sum(map(len, parts)))
            if search.unify(args[2], make("".join(parts))):
                yield
            return
        whole = text_of(args[2])
        _make_room(search.budget, len(whole))
        _result(args[1] if left else args[0])
        if not right:
            _result(args[1])
        if left or right:
            part = text_of(args[0] if left else args[1])
            if whole.startswith(part) if left else whole.endswith(part):
                rest = whole[len(part) :] if left else whole[: len(whole) - len(part)]
                if search.unify(args[1] if left else args[0], make(rest)):
                    yield
            return
        mark = search.trail.mark()
        for place in range(len(whole) + 1):
            _make_room(search.budget, len(whole))
            if search.unify(args[0], make(whole[:place])) and search.unify(args[1], make(whole[place:])):
                yield
            else:
                search.trail.undo(mark)

    return ways


def _joined(search: Search, args: Args) -> bool:
    """`atomic_list_concat/2` and `/3`, with everything given; `/3` also takes apart."""
    list_or_partial(search, args[0])
    items = list_of(args[0], search.budget)
    separator = _atom_or_text(args[1]) if len(args) == 3 else ""
    if not all(_atomic(item) or isinstance(deref(item), Var) for item in items or ()):
        raise NotCheckableError("a list of what has no text")
    if items is not None and all(map(_atomic, items)):
        search.budget.spend(len(items))
        _result(args[-1], (Atom,))
        parts = [text_of(item) for item in items]
        _make_room(search.budget, sum(map(len, parts)) + len(parts) * len(separator))
        return search.unify(args[-1], Atom(separator.join(parts)))
    if not separator:
        raise NotCheckableError("a text is taken apart without a separator")
    whole = text_of(args[-1])
    search.budget.spend(len(whole))
    return search.unify(args[0], make_list(map(Atom, whole.split(separator))))


def _split_string(search: Search, args: Args) -> bool:
    text, separators, padding = (text_of(term) for term in args[:3])
    search.budget.spend(len(text) + len(separators) + len(padding))
    if set(separators) & set(padding):
        raise NotCheckableError("split_string/4 where a separator is padding as well")
    if not list_of(args[3], search.budget):
        _result(args[3])
    for separator in set(separators[1:]):
        search.budget.spend(len(text) // 50)
        text = text.replace(separator, separators[0])
    parts = text.split(separators[0]) if separators else [text]
    return search.unify(args[3], make_list(Text(part.strip(padding) if padding else part) for part in parts))


def _part(make: Callable[[str], Term]) -> Callable[[Search, Args], Iterator[None]]:
    """`sub_atom/5` and `sub_string/5`."""

    def ways(search: Search, args: Args) -> Iterator[None]:
        text = _atom_or_text(args[0])
        for term in args[1:4]:
            value = deref(term)
            if not isinstance(value, Var) and (type(value) is not int or value < 0):
                raise NotCheckableError("a place that is none")
        before, length, after, wanted = map(deref, args[1:])
        mark = search.trail.mark()
        starts = [before] if type(before) is int else range(len(text) + 1)
        for start in starts:
            search.budget.spend(1 + len(text) - min(start, len(text)))
            ends: Iterator[int] | list[int] = list(range(start, len(text) + 1))
            if isinstance(wanted, Atom | Text):
                ends = [start + len(text_of(wanted))] if text.startswith(text_of(wanted), start) else []
            elif not isinstance(wanted, Var):
                raise NotCheckableError("a part of a text that is no text")
            if type(length) is int:
                ends = [end for end in ends if end - start == length]
            elif type(after) is int:
                ends = [end for end in ends if len(text) - end == after]
            for end in ends:
                search.budget.spend(1 + len(text) // 100)
                found: Term = wanted if isinstance(wanted, Atom | Text) else make(text[start:end])
                results = (start, end - start, len(text) - end, found)
                if end <= len(text) and all(map(search.unify, args[1:], results)):
                    yield
                else:
                    search.trail.undo(mark)

    return ways


def _char_code(search: Search, args: Args) -> bool:
    char, code = deref(args[0]), deref(args[1])
    if isinstance(char, Atom) and len(char.name) == 1 and (isinstance(code, Var) or (type(code) is int and code >= 0)):
        return search.unify(code, ord(char.name))
    if isinstance(char, Var) and type(code) is int and 0 < code < 0xD800:
        return search.unify(char, Atom(chr(code)))
    raise NotCheckableError("char_code/2 of no character")


def _cased(make: Callable[[str], Term]) -> Callable[[Search, Args], bool]:
    def test(search: Search, args: Args) -> bool:
        text = text_of(args[0])
        _make_room(search.budget, len(text))
        _result(args[1])
        if not text.isascii():
            raise NotCheckableError("the case of letters that are not ASCII")
        return search.unify(args[1], make(text))

    return test


def _upper_atom(text: str) -> Term:
    return Atom(text.upper())


def _lower_atom(text: str) -> Term:
    return Atom(text.lower())


def _upper_text(text: str) -> Term:
    return Text(text.upper())


def _lower_text(text: str) -> Term:
    return Text(text.lower())


_NUMBER = (int, float, Fraction)
_ANY = (Atom, Text, int, float, Fraction)

TEXT_TESTS: dict[tuple[str, int], Callable[[Search, Args], bool]] = {
    ("atom_codes", 2): _spelled(_codes, Atom, _ANY),
    ("atom_chars", 2): _spelled(_chars, Atom, _ANY),
    ("number_codes", 2): _spelled(_codes, _number, _NUMBER),
    ("number_chars", 2): _spelled(_chars, _number, _NUMBER),
    ("string_codes", 2): _spelled(_codes, Text, _ANY),
    ("string_chars", 2): _spelled(_chars, Text, _ANY),
    ("atom_number", 2): _atom_number,
    ("number_string", 2): _number_string,
    ("atom_string", 2): _atom_string,
    ("atom_length", 2): _text_length,
    ("string_length", 2): _text_length,
    ("atomic_list_concat", 2): _joined,
    ("atomic_list_concat", 3): _joined,
    ("split_string", 4): _split_string,
    ("char_code", 2): _char_code,
    ("upcase_atom", 2): _cased(_upper_atom),
    ("downcase_atom", 2): _cased(_lower_atom),
    ("string_upper", 2): _cased(_upper_text),
    ("string_lower", 2): _cased(_lower_text),
}

TEXT_WAYS: dict[tuple[str, int], Callable[[Search, Args], Iterator[None]]] = {
    ("atom_concat", 3): _concatenated(Atom),
    ("string_concat", 3): _concatenated(Text),
    ("sub_atom", 5): _part(Atom),
    ("sub_string", 5): _part(Text),
}
