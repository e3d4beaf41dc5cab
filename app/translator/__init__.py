"""The embedded translator: a small model of ours that writes programs, without network and without a GPU.

`masking` replaces what a sentence is about by place-holders, `model` and `decoding` write a short target notation over
them, and `expression`, `clauses` and `ordering` put the words back and write the program.
"""
