"""What the memory of a fork server must not hold, for every child has it too."""

from pathlib import Path

import pytest

from solvers import Language, Runtime, RuntimeConfig

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("language", Language)
async def test_no_memory_of_an_engine_can_be_written_and_executed_or_written_by_two(language: Language) -> None:
    """seccomp refuses to map code. A page that is both already would make up for it."""
    async with Runtime(RuntimeConfig(concurrency=1)) as runtime:
        pid = (await runtime.health())[language].pid
        mappings = Path(f"/proc/{pid}/maps").read_text().splitlines()  # noqa: ASYNC240
    permissions = {mapping: mapping.split()[1] for mapping in mappings}
    assert permissions
    assert [
        mapping for mapping, rights in permissions.items() if "w" in rights and ("x" in rights or "s" in rights)
    ] == []
