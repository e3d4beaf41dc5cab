% what: prints terminal escapes, invalid text and a NUL
% expect: any
attack :- forall(member(C, [0, 7, 27, 155, 0x202e, 0xfffe]), put_char_code(C)), put_byte(user_output, 255).
put_char_code(C) :- char_code(X, C), put_char(X).
