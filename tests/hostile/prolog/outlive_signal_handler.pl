% what: installs handlers for the signals of the limits
% expect: any
ignore(_).
spin :- spin.
attack :- on_signal(xcpu, _, ignore), on_signal(prof, _, ignore), on_signal(term, _, ignore), spin.
