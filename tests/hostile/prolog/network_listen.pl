% what: listens on a port
% expect: permission
:- use_module(library(socket)).
attack :- tcp_socket(S), tcp_bind(S, P), tcp_listen(S, 5), print(P).
