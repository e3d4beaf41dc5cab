% what: uses the timer of a library
% expect: any
spin :- spin.
attack :- catch(call_with_time_limit(0.1, spin), _, true), spin.
