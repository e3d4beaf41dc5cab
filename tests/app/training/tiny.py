"""A language model of some thousand parameters with its tokenizer, and rows of the three tasks, all made here."""

from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

from app.problem import Kind, Problem
from app.reasoning.formalise import formalise
from app.training.execute import Right
from app.training.recipe import LoraRecipe, read_recipe
from app.training.row_files import write_rows
from app.training.rows import Row, Task
from solvers.types import Language

PAD, END, USER = "<pad>", "<end>", "<user>"
TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'assistant' %}{{ m.content }}<end>\n{% else %}<user>{{ m.content }}\n"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}{% endif %}"
)


def solve_row(number, answer=None):
    text = f"Ann has {number} apples and picks 2 more. How many apples has she?"
    program = (
        "```prolog\n:- use_module(library(clpq)).\n\n"
        f'had({number}).  % "{number} apples"\npicked(2).  % "picks 2 more"\n\n'
        "solve(N) :- had(A), picked(B), {N = A + B}.\n\n"
        "% had/1: apples at first\n% picked/1: apples picked\n% solve/1: apples now\n% query: solve(N).\n```"
    )
    answer = answer or str(number + 2)
    return Row(Task.SOLVE, Problem(text, Kind.ARITHMETIC, Language.PROLOG), program, answer, "made up", str(number))


def kb_row(number):
    program = (
        f"```prolog\nmore(A, B) :- B is A + {number}.\n% more/2: B is {number} more than A\n% query: more(1, B).\n```"
    )
    problem = Problem(f"What is {number} more than 1?", Kind.ARITHMETIC, Language.PROLOG)
    return Row(Task.KB, problem, program, str(number + 1), "kb", f"more {number}", f"Which rule gives {number} more?")


def align_row(number):
    right = number % 2 == 0
    problem = Problem(f"Tom had {number} pears and ate one. How many are left?", Kind.ARITHMETIC, Language.PROLOG)
    prompt = f"{problem.text} The program says {number - 1 if right else number}. Is that so?"
    return Row(Task.ALIGN, problem, "yes" if right else "no", None, "align", str(number), prompt)


ROWS = (*map(solve_row, range(3, 43)), *map(kb_row, range(1, 8)), *map(align_row, range(3, 14)))


def write_row_file(place: Path, rows=ROWS):
    place.write_text("".join(write_rows(rows)))
    return place


def recipe_of(rows: Path, model, name="cocktail", tasks="solve = 2\nkb = 1\nalign = 1", **more) -> LoraRecipe:
    """A recipe of four updates; `more`: further tables, as TOML."""
    tables = {
        "training": "updates = 4\nrows_at_once = 2",
        "optimiser": "learning_rate = 0.01",
        "lora": 'rank = 4\ndropout = 0.1\ntargets = ["q_proj", "v_proj"]',
        "checkpoints": "updates = 2",
        "evaluation": "rows = 2\nupdates = 2",
    } | more
    text = "".join(f"[{table}]\n{body}\n" for table, body in tables.items())
    head = f'kind = "lora"\nname = "{name}"\n[model]\npath_or_id = "{model}"\n[tasks]\n{tasks}\n'
    return read_recipe(f'{head}[sources.made]\nbuilder = "rows"\nfile = "{rows}"\n{text}', "recipe.toml")


def everything_right(executions):
    """Instead of engines, where they are not what is tested."""
    return [Right(execution.expected or "") for execution in executions]


def make_model(folder: Path, *, chat=True, spare=0, context=512):
    """A random Llama and a tokenizer of its own; `spare`: tokens that the model embeds beyond the tokenizer's.

    A line of the service's prompt is one token, so that a row has some two hundred; what else there is goes letter by
    letter.
    """
    prompt = formalise(ROWS[0].problem, Kind.ARITHMETIC, Language.PROLOG).messages
    lines = [line for message in prompt for line in message.content.splitlines(keepends=True)]
    tokens = dict.fromkeys([PAD, END, USER, *map(chr, range(32, 127)), "\n", *lines])
    tokenizer = Tokenizer(
        models.WordPiece(
            {token: number for number, token in enumerate(tokens)},
            unk_token=PAD,
            continuing_subword_prefix="",
            max_input_chars_per_word=10_000,
        )
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split("\n", "merged_with_previous")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens([PAD, END, USER])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=PAD, eos_token=END)
    if chat:
        fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    set_seed(3)
    config = LlamaConfig(
        vocab_size=len(fast) + spare,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=context,
        bos_token_id=None,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder
