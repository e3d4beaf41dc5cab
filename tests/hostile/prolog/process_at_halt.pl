% what: leaves work for the end of the process
% expect: permission
spin :- spin.
attack :- at_halt(spin), halt.
