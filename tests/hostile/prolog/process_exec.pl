% what: replaces itself by another program
% expect: permission
:- use_module(library(unix)).
attack :- exec(touch('{{write}}')).
