% what: connects with the low-level predicates
% expect: permission
:- use_module(library(socket)).
attack :- tcp_socket(S), tcp_connect(S, '127.0.0.1':{{port}}).
