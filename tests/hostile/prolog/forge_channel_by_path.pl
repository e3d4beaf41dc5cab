% what: opens the channel of its reply by its path
% expect: permission
attack :- member(Path, ['/proc/self/fd/3', '/dev/fd/3', '/proc/thread-self/fd/3']),
    catch(( open(Path, write, S), write(S, forged), close(S) ), _, fail).
