% what: loads a shared object
% expect: permission
:- use_foreign_library('{{read}}').
attack.
