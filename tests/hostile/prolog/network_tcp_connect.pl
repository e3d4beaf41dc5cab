% what: connects to a server on this machine
% expect: permission
:- use_module(library(socket)).
attack :- tcp_connect('127.0.0.1':{{port}}, S, []), write(S, leak), close(S).
