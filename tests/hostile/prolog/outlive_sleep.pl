% what: sleeps, using no processor time
% expect: any
attack :- sleep(3600).
