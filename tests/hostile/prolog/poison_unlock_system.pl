% what: unlocks the system module and changes it
% expect: any
attack :- '$set_source_module'(_, system), set_prolog_flag(protect_static_code, false), assertz((system:solve(41) :- true)).
