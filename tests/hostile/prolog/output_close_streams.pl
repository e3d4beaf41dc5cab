% what: closes or renames its output streams
% expect: any
attack :- close(user_output), close(user_error), set_output(user_error).
