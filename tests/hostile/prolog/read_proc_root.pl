% what: reaches the file through /proc/self/root
% expect: permission
attack :- open('/proc/self/root{{read}}', read, S), read(S, T), print(T).
