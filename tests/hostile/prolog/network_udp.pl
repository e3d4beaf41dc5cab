% what: sends a datagram
% needs: seccomp
% expect: permission
:- use_module(library(socket)).
attack :- udp_socket(S), udp_send(S, leak, '127.0.0.1':{{port}}, []).
