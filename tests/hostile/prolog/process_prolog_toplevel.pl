% what: starts a top level that reads commands
% expect: permission
attack :- prolog.
