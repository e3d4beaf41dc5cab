% what: a byte order mark and unusual spaces
% expect: any
{{chr 65279}}attack{{chr 160}}:-{{chr 8195}}print(x).
