% what: reads the command line of other processes from /proc
% expect: permission
attack :- directory_files('/proc', Fs), print(Fs), open('/proc/1/cmdline', read, S), read_string(S, _, T), write(T).
