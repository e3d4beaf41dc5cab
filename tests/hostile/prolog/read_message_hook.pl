% what: a message hook that reads the file when anything is reported
% expect: permission
:- multifile user:message_hook/3.
user:message_hook(_, _, _) :- open('{{read}}', read, S), read(S, T), print(T), fail.
attack :- print_message(error, format("now", [])).
