% what: a comment that never closes, before the rest
% expect: any
attack. /* never closed
attack :- halt.
