% what: reads the environment of the process from /proc
% expect: permission
attack :- open('/proc/self/environ', read, S), read_string(S, _, T), write(T).
