% what: catches whatever is thrown at it and goes on
% expect: stopped
attack :- catch(spin, _, true), attack.
spin :- spin.
