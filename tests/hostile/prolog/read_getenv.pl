% what: reads an environment variable
% expect: permission
attack :- getenv('{{env}}', X), print(X).
