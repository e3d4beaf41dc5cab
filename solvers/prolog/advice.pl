% What to do instead: sentences for predicates, directives and libraries that a program may not use.

:- module(quod_advice, [advice/3, library_advice/2]).

%!  advice(+Name, +Arity, -Sentence) is det.
advice(Name, _, Sentence) :-
    topic(Topic, Names),
    memberchk(Name, Names),
    !,
    topic_advice(Topic, Sentence).
advice(_, _, "Programs compute with clauses, arithmetic, lists, text and constraints only; say it with those.").

topic(files, [open, see, seen, tell, told, append, consult, load_files, include, ensure_loaded, reconsult, compile,
              make, exists_file, exists_directory, delete_file, rename_file, size_file, time_file, access_file,
              same_file, directory_files, working_directory, chdir, absolute_file_name, expand_file_name, tmp_file,
              tmp_file_stream, read_link, make_directory, delete_directory, file_base_name, set_stream,
              stream_property, set_input, set_output, use_foreign_library, load_foreign_library, open_shared_object,
              qcompile, qsave_program, read_file_to_string, read_file_to_terms, read_file_to_codes,
              phrase_from_file]).
topic(end, [halt, abort, at_halt, cancel_halt, prolog, break, toplevel, '$toplevel', version]).
topic(processes, [shell, getenv, setenv, unsetenv, process_create, sleep]).
topic(time, [call_with_time_limit, alarm]).
topic(network, [http_open, http_get, tcp_socket, tcp_connect, udp_socket]).
topic(input, [read, read_term, get_char, peek_char, get_code, peek_code, get_byte, get, get0, skip, prompt, prompt1,
              ttyflush, read_pending_codes, read_clause, get_single_char, wait_for_input, current_input, seeing]).
topic(threads, [thread_create, thread_join, thread_self, thread_send_message, thread_get_message, mutex_create,
                with_mutex, message_queue_create, concurrent, concurrent_maplist, concurrent_forall, first_solution,
                engine_create, engine_next, thread_local]).
topic(debugger, [trace, notrace, spy, nospy, debug, nodebug, leash, visible, tracing, protocol, profile,
                 prolog_debug]).
topic(python, [py_call, py_iter, py_run, py_func, py_dot, py_eval, py_shell]).
topic(expansion, [term_expansion, goal_expansion, expand_term, expand_goal, dcg_translate_rule]).
topic(modules, [module, use_module, import, export, reexport, add_import_module, set_module, import_module, '@']).

topic_advice(files, "A program has no files: write its data as facts.").
topic_advice(end, "Leave it out: a run ends by itself when the query is answered.").
topic_advice(processes, "A program has no processes, no environment and no need to wait: leave it out.").
topic_advice(time, "Call the goal itself: every run has its limits already.").
topic_advice(network, "A program has no network: write its data as facts.").
topic_advice(input, "A program has no input: write its data as facts, or pass it in the query.").
topic_advice(threads, "A program has one thread: use maplist/2.., forall/2 or findall/3.").
topic_advice(debugger, "There is no debugger: leave it out.").
topic_advice(python, "A program has no access to Python: say it in Prolog.").
topic_advice(expansion, "Write the clauses and goals out instead of rewriting them while they are read.").
topic_advice(modules, "Only `:- use_module(library(...))` with a library for pure computation is possible.").

%!  library_advice(+Library, -Sentence) is det.
library_advice(lambda, "Use library(yall): `[X,Y]>>(Y is X*2)`.") :- !.
library_advice(func, "Name the intermediate values instead.") :- !.
library_advice(clpbnr, "Use library(clpq) or library(clpr).") :- !.
library_advice(clpz, "Use library(clpfd).") :- !.
library_advice(chr, "Write the rules as clauses, or use library(clpfd) or library(clpq).") :- !.
library_advice(_, "Libraries for lists, text, assoc, aggregation, DCG, clpq, clpr, clpfd, clpb and simplex are.").
