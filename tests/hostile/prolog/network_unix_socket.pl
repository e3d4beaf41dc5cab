% what: connects to a socket in the file system
% needs: seccomp
% expect: permission
:- use_module(library(socket)).
attack :- unix_domain_socket(S), tcp_connect(S, '{{socket}}').
