% what: redefines arithmetic for whoever comes next
% expect: any
attack :- member(Name, [redefine_system_predicate]), Goal =.. [Name, system:is(_, _)], call(Goal),
    call(assertz, system:is(666, _)).
