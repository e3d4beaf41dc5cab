% what: fetches an address
% expect: permission
:- use_module(library(http/http_open)).
attack :- http_open('http://127.0.0.1:{{port}}/', S, []), read_string(S, _, T), write(T).
