% what: throws what once meant a fault of the service
% expect: logical
attack :- throw(quod_internal("it is the service's fault")).
