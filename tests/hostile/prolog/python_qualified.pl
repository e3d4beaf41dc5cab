% what: calls Python through the module that defines the bridge
% expect: permission
attack :- janus:py_call(os:system('touch {{write}}'), R), print(R).
