% what: starts a thread that never ends
% expect: permission
spin :- spin.
attack :- thread_create(spin, _, [detached(true)]).
