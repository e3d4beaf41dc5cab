% what: makes every module inherit from its own
% expect: any
attack :- add_import_module(system, user, start), set_base_module(user).
