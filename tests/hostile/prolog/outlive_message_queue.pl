% what: waits for a message that nobody sends
% expect: any
% answer: none
attack :- member(Name, [thread_get_message]), Goal =.. [Name, _], call(Goal).
