% "Did you mean": for a predicate that is called and not defined.

:- module(quod_suggest, [suggestion/3, function_suggestion/3]).

:- use_module(libraries).
:- use_module(policy).

%!  suggestion(+Name, +Arity, -Sentence) is det.
%
%   The first that fits: the same name with another number of arguments in the program; a library that has it; a
%   library not allowed here; a similar name in the program, then among what a program may call. Empty if there is
%   none.
suggestion(Name, Arity, Sentence) :-
    (   suggest(Name, Arity, Sentence0)
    ->  Sentence = Sentence0
    ;   Sentence = ""
    ).

%!  function_suggestion(+Name, +Arity, -Sentence) is det.
%
%   For a term that is evaluated and is no function: a predicate whose last argument is the result, or a function's
%   right name.
function_suggestion(Name, Arity, Sentence) :-
    Full is Arity + 1,
    (   ( program_predicate(Name, Full) ; allowed_predicate(Name, Full) )
    ->  format(string(Sentence), "`~q/~w` is a predicate: call it before this goal and use its last argument.",
               [Name, Full])
    ;   nearest(Name, Arity, function, Near, NearArity)
    ->  format(string(Sentence), "Did you mean `~q/~w`?", [Near, NearArity])
    ;   Sentence = "Compute it with a goal before this one and use the result."
    ).

function(Name, Arity) :-
    current_arithmetic_function(Head),
    functor(Head, Name, Arity).

suggest(Name, Arity, Sentence) :-
    findall(A, ( program_predicate(Name, A), A \== Arity ), Arities),
    sort(Arities, [First|Rest]),
    findall(PI, ( member(A, [First|Rest]), format(string(PI), "`~q/~w`", [Name, A]) ), PIs),
    atomic_list_concat(PIs, ' and ', List),
    format(string(Sentence), "The program defines ~w.", [List]).
suggest(Name, Arity, Sentence) :-
    library_predicate(Name, Arity, Spec),
    allowed_predicate(Name, Arity),
    format(string(Sentence), "Add `:- use_module(library(~w)).`", [Spec]).
suggest(Name, Arity, Sentence) :-
    nearest(Name, Arity, program_predicate, Near, NearArity),
    format(string(Sentence), "Did you mean `~q/~w`?", [Near, NearArity]).
suggest(Name, Arity, Sentence) :-
    allowed_predicate(Name, Other),
    Other =\= Arity,
    findall(A, allowed_predicate(Name, A), Arities),
    sort(Arities, Sorted),
    findall(PI, ( member(A, Sorted), format(string(PI), "`~q/~w`", [Name, A]) ), PIs),
    atomic_list_concat(PIs, ', ', List),
    format(string(Sentence), "There is ~w.", [List]).
suggest(Name, Arity, Sentence) :-
    % Every name of one or two letters is near some built-in, and none of them is meant.
    atom_length(Name, Length),
    Length > 2,
    nearest(Name, Arity, allowed_predicate, Near, NearArity),
    format(string(Sentence), "Did you mean `~q/~w`?", [Near, NearArity]).

program_predicate(Name, Arity) :-
    predicate_property(user:Head, file(program)),
    functor(Head, Name, Arity).

%   nearest(+Name, +Arity, :Known, -Near, -NearArity): fewest edits, at most a third of the letters; ties: the same
%   arity first.
nearest(Name, Arity, Known, Near, NearArity) :-
    atom_codes(Name, Codes),
    length(Codes, Length),
    Most is max(1, min(3, Length // 3)),
    findall(Distance-Gap-(Other/OtherArity),
            ( call(Known, Other, OtherArity),
              Other \== Name,
              atom_length(Other, OtherLength),
              abs(OtherLength - Length) =< Most,
              atom_codes(Other, OtherCodes),
              edits(Codes, OtherCodes, Distance),
              Distance =< Most,
              Gap is abs(OtherArity - Arity) ),
            Found),
    sort(Found, [_-_-(Near/NearArity)|_]).

%   edits(+As, +Bs, -Distance): insertions, deletions and substitutions, row by row.
edits(As, Bs, Distance) :-
    length(Bs, Length),
    numlist(0, Length, Row),
    foldl(edit_row(Bs), As, Row, Last),
    last(Last, Distance).

edit_row(Bs, A, [D0|Row], [E0|New]) :-
    E0 is D0 + 1,
    edit_cells(Bs, A, D0, Row, E0, New).

edit_cells([], _, _, _, _, []).
edit_cells([B|Bs], A, Diagonal, [Above|Row], Left, [Cell|Cells]) :-
    (   A == B
    ->  Cell = Diagonal
    ;   Cell is min(Diagonal, min(Above, Left)) + 1
    ),
    edit_cells(Bs, A, Above, Row, Cell, Cells).
