% what: backtracks for ever
% expect: stopped
attack :- repeat, fail.
