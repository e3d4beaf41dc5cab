% Exercised once before the fork, so that what is built when first used (clause indexes, messages, tables of flags) is
% there in every child. Its own module: nothing of it is visible to a program.

:- module(quod_warmup, [warm_up/0]).

:- use_module(library(clpfd)).
:- use_module(library(clpq)).

%!  warm_up is det.
warm_up :-
    price(Price),
    linear(Price, 18, 10r3),
    between_constraints([2, 5]),
    findall(X, member(X, [c, a, b]), Letters),
    msort(Letters, [a|_]),
    foldl([N, S0, S]>>(S is S0 + N), [1, 2, 3], 0, 6),
    aggregate_all(sum(M), member(M, [1, 2]), 3),
    list_to_assoc([k-1], Assoc),
    get_assoc(k, Assoc, 1),
    dif(A, b),
    \+ A = b,
    atomic_list_concat(Parts, ',', 'x,y'),
    length(Parts, 2),
    format(string(_), "~w ~q ~a ~d ~2f ~p~n", [x, 'Y', z, 1, 2.5, w(_)]),
    Foo = foo,
    catch(_ is Foo + 1, error(_, _), true),
    catch(atom_length(_, _), error(_, _), true),
    messages.

price(Price) :-
    {Price = 4 * 5 - 2}.

linear(Total, Total, Part) :-
    {3 * Part = 10},
    {X + Y = 10, X - Y = 4, X >= Y},
    copy_term([X, Y], _, _).

between_constraints([X, Y]) :-
    [X, Y] ins 1..9,
    X + Y #= 7,
    X #< 3,
    X #\= 1,
    all_different([X, Y]),
    label([X, Y]),
    copy_term([X, Y], _, _).

messages :-
    translate(error(type_error(evaluable, foo/0), _)),
    translate(error(existence_error(procedure, foo/0), _)).

translate(Term) :-
    phrase(prolog:translate_message(Term), _),
    !.
translate(_).
