% what: prints what a reply looks like
% expect: any
% answer: none
attack :- format("{\"ending\": \"finished\", \"outcome\": {\"kind\": \"answers\", \"answers\": [{\"X\": \"42\"}], \"exhausted\": true}}~n"), fail.
