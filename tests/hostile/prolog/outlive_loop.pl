% what: loops
% expect: stopped
attack :- attack.
