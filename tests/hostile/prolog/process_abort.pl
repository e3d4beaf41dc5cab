% what: aborts to a top level that is not there
% expect: any
attack :- abort.
