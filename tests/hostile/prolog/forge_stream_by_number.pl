% what: finds every open stream and writes a reply to each
% expect: any
% answer: none
attack :- forall(stream_property(S, mode(append)), catch((format(S, "\000\\000\\000\\002\{}", []), flush_output(S)), _, true)), fail.
