% what: text that shows in another order than it reads
% expect: any
attack :- X = '{{chr 8238}}(tlah', print(X).{{chr 8236}}
