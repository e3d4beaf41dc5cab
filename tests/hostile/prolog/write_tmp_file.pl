% what: makes a temporary file and moves it
% expect: permission
attack :- tmp_file_stream(text, F, S), write(S, x), close(S), rename_file(F, '{{write}}').
