% The built-in predicates that a program may call, and the flags it may set.

:- module(quod_builtins, [builtins/1, safe_flag/1]).

%!  builtins(-Names) is multi.
builtins([ !/0, true/0, fail/0, false/0, (\+)/1, not/1, repeat/0, call/1, call/2, call/3, call/4, call/5, call/6,
           call/7, call/8, apply/2, once/1, ignore/1, forall/2, between/3, findall/3, findall/4, findnsols/4,
           findnsols/5, bagof/3, setof/3, catch/3, catch_with_backtrace/3, throw/1, call_cleanup/2,
           setup_call_cleanup/3, phrase/2, phrase/3, call_dcg/3, freeze/2, frozen/2, tnot/1, undefined/0,
           abolish_all_tables/0, reset/3, shift/1, shift_for_copy/1, call_with_depth_limit/3,
           call_with_inference_limit/3, ($)/0, ($)/1 ]).
builtins([ (=)/2, (\=)/2, (==)/2, (\==)/2, (@<)/2, (@>)/2, (@=<)/2, (@>=)/2, (=@=)/2, (\=@=)/2, ?= / 2, compare/3,
           unify_with_occurs_check/2, subsumes_term/2, unifiable/3, same_term/2, var/1, nonvar/1, atom/1, number/1,
           integer/1, float/1, rational/1, rational/3, atomic/1, compound/1, callable/1, is_list/1, string/1, blob/2,
           ground/1, is_dict/1, is_dict/2, acyclic_term/1, cyclic_term/1, attvar/1, is_most_general_term/1 ]).
builtins([ (is)/2, (=:=)/2, (=\=)/2, (<)/2, (>)/2, (=<)/2, (>=)/2, succ/2, plus/3, divmod/4,
           nth_integer_root_and_remainder/4, bounded_number/3, float_class/2, float_parts/4, set_random/1,
           current_arithmetic_function/1 ]).
builtins([ functor/3, functor/4, arg/3, (=..)/2, copy_term/2, copy_term/3, copy_term/4, copy_term_nat/2,
           duplicate_term/2, setarg/3, nb_setarg/3, compound_name_arity/3, compound_name_arguments/3,
           term_variables/2, term_variables/3, term_attvars/2, term_singletons/2, nonground/2, term_to_atom/2,
           term_string/2, term_string/3, atom_to_term/3, read_term_from_atom/3, numbervars/3, numbervars/4,
           var_number/2, term_hash/2, term_hash/4, variant_sha1/2, variant_hash/2, put_attr/3, get_attr/3,
           del_attr/2 ]).
builtins([ atom_codes/2, atom_chars/2, atom_length/2, atom_concat/3, atom_number/2, atom_string/2,
           atomic_list_concat/2, atomic_list_concat/3, atomic_concat/3, atomics_to_string/2, char_code/2, char_type/2,
           code_type/2, collation_key/2, downcase_atom/2, upcase_atom/2, name/2, normalize_space/2, number_chars/2,
           number_codes/2, number_string/2, split_string/4, string_chars/2, string_codes/2, string_code/3,
           string_concat/3, string_length/2, string_lower/2, string_upper/2, sub_atom/5, sub_atom_icasechk/3,
           sub_string/5, text_to_string/2, get_string_code/3, wildcard_match/2, wildcard_match/3,
           dwim_match/2 ]).
builtins([ length/2, memberchk/2, msort/2, sort/2, sort/4, keysort/2, dict_create/3, dict_pairs/3, get_dict/3,
           get_dict/5, put_dict/3, put_dict/4, del_dict/4, select_dict/3, (:<)/2, (>:<)/2 ]).
builtins([ assert/1, asserta/1, assertz/1, retract/1, retractall/1, abolish/1, abolish/2, clause/2, (dynamic)/1,
           (dynamic)/2, (discontiguous)/1, (table)/1, (multifile)/1, (public)/1, (meta_predicate)/1,
           (module_transparent)/1, (det)/1, current_predicate/1, current_predicate/2, predicate_property/2,
           current_op/3, op/3, flag/3, get_flag/2, set_flag/2, b_getval/2, b_setval/2, nb_getval/2, nb_setval/2,
           recorda/2, recorda/3, recordz/2, recordz/3, recorded/2, recorded/3, erase/1, set_prolog_flag/2,
           current_prolog_flag/2, style_check/1, (initialization)/1, strip_module/3, garbage_collect/0, statistics/2,
           get_time/1, stamp_date_time/3, date_time_stamp/2, format_time/3, format_time/4, prolog_load_context/2 ]).
builtins([ write/1, write/2, writeln/1, writeln/2, writeq/1, writeq/2, print/1, print/2, write_canonical/1,
           write_canonical/2, write_term/2, write_term/3, write_length/3, nl/0, nl/1, tab/1, tab/2, put_char/1,
           put_char/2, format/1, format/2, format/3, with_output_to/2, flush_output/0, flush_output/1,
           current_output/1, print_message/2, print_message_lines/3 ]).
builtins([ open_string/2, close/1, read/2, read_term/3, read_string/3, read_string/5, get_char/2, peek_char/2,
           get_code/2, peek_code/2, at_end_of_stream/1 ]).

%!  safe_flag(?Flag) is nondet.
%
%   Flags that change how this program is read or computed and nothing else. Not `unknown`: with it an undefined
%   predicate fails silently, and a failure would no longer mean that the query does not follow.
safe_flag(double_quotes).
safe_flag(back_quotes).
safe_flag(rational_syntax).
safe_flag(prefer_rationals).
safe_flag(iso).
safe_flag(occurs_check).
safe_flag(optimise).
safe_flag(float_overflow).
safe_flag(float_undefined).
safe_flag(float_zero_div).
safe_flag(float_rounding).
safe_flag(float_format).
safe_flag(print_write_options).
safe_flag(answer_write_options).
safe_flag(toplevel_print_anon).
safe_flag(toplevel_mode).
safe_flag(clpfd_monotonic).
safe_flag(clpfd_goal_expansion).
safe_flag(clpfd_propagation).
safe_flag(character_escapes).
safe_flag(generate_debug_info).
safe_flag(last_call_optimisation).
safe_flag(verbose).
safe_flag(verbose_load).
safe_flag(warn_override_implicit_import).
safe_flag(var_prefix).
