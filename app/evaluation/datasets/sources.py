"""The public sets by name: who reads them, where their files come from, and what they are called there."""

from dataclasses import dataclass

from app.evaluation.datasets import logic, puzzles, word_problems
from app.evaluation.datasets.gather import Reader

_GITHUB = frozenset({"raw.githubusercontent.com"})
_HUGGING_FACE = frozenset({"huggingface.co", "cdn-lfs.huggingface.co", "cas-bridge.xethub.hf.co"})


@dataclass(frozen=True, slots=True)
class Address:
    """A file at its publisher.

    Args:
        url: at a commit, where it says so, `https` only.
        hosts: from which it may come, redirects included.
        sha256: of the file; None: not known, and then the commit in `url` says what it is.
    """

    url: str
    hosts: frozenset[str]
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """
    Args:
        files: what the file is called within a folder of data, the first that is there counts; `.gz` too.
        licence: SPDX, or words.
        address: None: it cannot be fetched as a plain file; `page` says where it is.
        page: for people.
    """

    read: Reader
    files: tuple[str, ...]
    licence: str
    address: Address | None
    page: str


def _pal(name: str, file: str, sha256: str, licence: str = "Apache-2.0") -> Source:
    return Source(
        word_problems.of_pal(name),
        (f"pal/{file}", f"datasets/{file}", file),
        licence,
        Address(f"https://raw.githubusercontent.com/reasoning-machines/pal/main/datasets/{file}", _GITHUB, sha256),
        "https://github.com/reasoning-machines/pal",
    )


def _logic_lm(read: Reader, folder: str, file: str, licence: str, commit: str, sha256: str | None) -> Source:
    return Source(
        read,
        (f"logic/{folder}/{file}", f"data/{folder}/{file}", f"{folder}/{file}", file),
        licence,
        Address(
            f"https://raw.githubusercontent.com/teacherpeterpan/Logic-LLM/{commit}/data/{folder}/{file}",
            _GITHUB,
            sha256,
        ),
        "https://github.com/teacherpeterpan/Logic-LLM",
    )


_LOGIC_LM_COMMIT = "eb95e5abef2433294688066f9092a23cf96e8545"

SOURCES: dict[str, Source] = {
    "gsm8k": Source(
        word_problems.gsm8k,
        ("gsm8k/test.jsonl", "grade_school_math/data/test.jsonl", "test.jsonl"),
        "MIT",
        Address(
            "https://raw.githubusercontent.com/openai/grade-school-math/3101c7d5072418e28b9008a6636bde82a006892c"
            "/grade_school_math/data/test.jsonl",
            _GITHUB,
            "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14",
        ),
        "https://github.com/openai/grade-school-math",
    ),
    "gsm-hard": _pal("gsm-hard", "gsmhardv2.jsonl", "2032b0188a49ac0ec38cbe1e695e7d62d6dddc44bbb64f920728aca710e9ddef"),
    "svamp": _pal("svamp", "svamp.jsonl", "1c4375bc0f1ac84af8ec2b9ff4c894d057836fee6633c4e73179dd680cb47c4e"),
    "multiarith": _pal(
        "mawpsmultiarith",
        "mawpsmultiarith.jsonl",
        "12e8295088364af21fb6591dbdbd1dda452aade57227f63d725677471ded2951",
    ),
    "addsub": _pal("addsub", "mawpsaddsub.jsonl", "2fae2c92530cdf1ac0487db9a90e68d6af84049d755c07c4486411c1d7f43e75"),
    "singleeq": _pal(
        "singleeq", "mawpssingleeq.jsonl", "07bec92bae226dd5231a966e907a0f097ba3170a1557c73ceeb135caad8d09f8"
    ),
    "singleop": _pal(
        "singleop", "mawpssingleop.jsonl", "feb012e7ed5503cdb96fd127d539692b033000e9134655acaf4f4e0091328e94"
    ),
    "mawps": Source(
        word_problems.mawps,
        ("mawps/fold0_dev.csv", "data/cv_mawps/fold0/dev.csv", "cv_mawps/fold0/dev.csv", "fold0_dev.csv", "dev.csv"),
        "MIT",
        Address(
            "https://raw.githubusercontent.com/arkilpatel/SVAMP/04df0ae782610032aac7e687b61d07a90176c993"
            "/data/cv_mawps/fold0/dev.csv",
            _GITHUB,
            "bad59cff796b01a87363ea970f1fa80c15f56ff5f4388143aadbdc3feaf5f990",
        ),
        "https://github.com/arkilpatel/SVAMP",
    ),
    "mathqa": Source(
        word_problems.mathqa,
        ("mathqa/dev.json", "MathQA/dev.json", "dev.json"),
        "Apache-2.0",
        None,
        "https://math-qa.github.io (dev.json of MathQA.zip)",
    ),
    "proofwriter": _logic_lm(
        logic.proofwriter,
        "ProofWriter",
        "dev.json",
        "CC-BY-4.0",
        _LOGIC_LM_COMMIT,
        "e792b54981065c91d4aecc908be17ce9a730f2327548e6fa36717ef01e472240",
    ),
    "prontoqa": _logic_lm(
        logic.prontoqa,
        "ProntoQA",
        "dev.json",
        "Apache-2.0",
        _LOGIC_LM_COMMIT,
        "2d2e9d0adbef05cd66b51d11516b8fb3d3fb2cbc1664867d1123a000f7b11a5f",
    ),
    "folio": _logic_lm(
        logic.folio,
        "FOLIO",
        "dev.json",
        "CC-BY-SA-4.0",
        _LOGIC_LM_COMMIT,
        "f1752092c95adaf535da03552f8e633fa031ebd90b27a9f780c5427ca1d14ccb",
    ),
    "logical-deduction": _logic_lm(
        logic.logical_deduction,
        "LogicalDeduction",
        "dev.json",
        "Apache-2.0, not for training",
        _LOGIC_LM_COMMIT,
        "554992a3189224d0b631c1ac674d301defa5fef5f1837b93258db35aeb67d898",
    ),
    "ar-lsat": Source(
        logic.ar_lsat,
        ("ar_lsat/AR_TestData.json", "data/AR_TestData.json", "AR_TestData.json", "AR-LSAT/test.json"),
        "",
        Address(
            "https://raw.githubusercontent.com/zhongwanjun/AR-LSAT/0597abb6bd2b110a4b41dc98cf31998cc109ab04"
            "/data/AR_TestData.json",
            _GITHUB,
            None,
        ),
        "https://github.com/zhongwanjun/AR-LSAT",
    ),
    "zebra": Source(
        puzzles.zebra,
        ("zebra/puzzles_99.json", "zebra_puzzles_gurobi_100.json", "puzzles_99.json"),
        "Apache-2.0",
        Address(
            "https://raw.githubusercontent.com/johnmclain1989ai/zebra_puzzle/26f2a8a0fdb25d6751c65fb6b18be184961293e4"
            "/zebra_puzzles_gurobi_100.json",
            _GITHUB,
            None,
        ),
        "https://github.com/johnmclain1989ai/zebra_puzzle",
    ),
    "nl4opt": Source(
        puzzles.nl4opt,
        ("nl4opt/NL4OPT_with_optimal_solution.json", "NL4OPT_with_optimal_solution.json"),
        "CC-BY-NC-4.0",
        Address(
            "https://huggingface.co/datasets/CardinalOperations/NL4OPT/resolve"
            "/98da4f57462f03c0c8d44211647be87acd649d20/NL4OPT_with_optimal_solution.json",
            _HUGGING_FACE,
            None,
        ),
        "https://huggingface.co/datasets/CardinalOperations/NL4OPT",
    ),
    "entailment-bank": Source(
        logic.entailment_bank,
        (
            "entailment_bank/task_1_dev.jsonl",
            "data/public_dataset/entailment_trees_emnlp2021_data_v2/dataset/task_1/dev.jsonl",
            "dataset/task_1/dev.jsonl",
            "task_1/dev.jsonl",
            "task_1_dev.jsonl",
        ),
        "Apache-2.0",
        None,
        "https://github.com/allenai/entailment_bank (dataset/task_1/dev.jsonl)",
    ),
}
