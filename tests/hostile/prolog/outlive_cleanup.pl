% what: loops in a clean-up handler
% expect: stopped
spin :- spin.
attack :- setup_call_cleanup(true, true, spin).
