% what: redirects the standard streams
% expect: any
attack :- set_output(user_error), set_input(user_input), set_stream(user_output, encoding(octet)), set_stream(user_output, alias(user_error)).
