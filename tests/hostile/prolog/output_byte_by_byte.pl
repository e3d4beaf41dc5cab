% what: prints without a buffer, to wake the service for each character
% expect: stopped
attack :- repeat, put_char(user_error, x), flush_output(user_error), fail.
