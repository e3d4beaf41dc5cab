% what: reads the system's users
% expect: permission
attack :- open('/etc/passwd', read, S), read_string(S, _, T), write(T).
