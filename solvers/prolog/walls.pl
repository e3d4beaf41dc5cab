% Doors that are closed before the fork and for good, policy or not. What is left open is the kernel sandbox's business.
%
% janus offers Prolog a way into Python, where the descriptor of the reply is; we only ever call the other way. Its
% predicates are replaced, and so are those that could fetch them again from the shared object, which dlopen(3) finds
% without opening a file because it is loaded already. `$vm_assert` writes code for the virtual machine without its
% compiler's checks.
%
% Our own predicates are not guarded: whoever rewrites them misstates the answers of one program, the one that does
% it, and could have written those answers down in the first place.

:- module(quod_walls, [raise_walls/0]).

:- use_module(library(apply)).
:- use_module(library(lists)).

%!  raise_walls is det.
raise_walls :-
    findall(janus:Head, own_foreign(janus, Head), Python),
    findall(system:Head, ( shared_object(Name/Arity), functor(Head, Name, Arity) ), Shared),
    append(Python, Shared, Doors),
    forall(member(Door, Doors), close_door(Door)).

own_foreign(Module, Head) :-
    predicate_property(Module:Head, foreign),
    \+ predicate_property(Module:Head, imported_from(_)).

shared_object(open_shared_object/2).
shared_object(open_shared_object/3).
shared_object(call_shared_object_function/2).
shared_object(close_shared_object/1).
shared_object('$vm_assert'/3).

close_door(Module:Head) :-
    functor(Head, Name, Arity),
    functor(General, Name, Arity),
    redefine_system_predicate(Module:General),
    assertz((Module:General :- throw(error(permission_error(call, procedure, Name/Arity), _)))),
    compile_predicates([Module:Name/Arity]).
