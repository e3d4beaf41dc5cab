"""Liveness, readiness, and what the service says of itself."""

import subprocess
import sys

import pytest

from app.prompts import load_prompt
from tests.app.api.conftest import opened, settings_for
from tests.app.api.serving import environment

pytestmark = pytest.mark.anyio


async def test_a_process_that_serves_is_alive(client):
    reply = await client.get("/livez")
    assert (reply.status_code, reply.json()) == (200, {"status": "alive"})


async def test_a_service_is_ready_when_database_and_every_engine_answer(client):
    reply = await client.get("/readyz")
    assert reply.status_code == 200
    ready = reply.json()
    assert ready["ready"] is True
    assert ready["database"] == "ok"
    for engine in (ready["engines"]["prolog"], ready["engines"]["smt"]):
        assert engine["error"] is None
        assert engine["version"]
        assert engine["seconds"] > 0
        assert engine["sandbox"]["no_new_privileges"] is True
    assert ready["lm"]["backend"] == "recorded"


async def test_a_service_whose_engines_do_not_answer_is_not_ready(tmp_path):
    async with opened(settings_for(tmp_path)) as client:
        await client.app.state.service.runtime.close()
        reply = await client.get("/readyz")
        assert reply.status_code == 503
        ready = reply.json()
        assert ready["ready"] is False
        assert ready["database"] == "ok"
        assert ready["engines"]["prolog"]["error"]


async def test_info_names_versions_limits_prompts_and_the_language_model(client):
    info = (await client.get("/v1/info")).json()
    assert info["lm"]["backend"] == "recorded"
    assert info["database"] == "sqlite", "and not where it lies"
    assert info["limits"]["default"]["wall_seconds"] == 10.0
    assert info["limits"]["maximum"]["wall_seconds"] == 60.0
    assert info["budget"]["maximum"]["attempts"] == 10
    assert info["sizes"] == {
        "body_bytes": 8_000_000,
        "problem_bytes": 32_000,
        "program_bytes": 256_000,
        "programs": 1_000,
    }
    hashes = {(prompt["name"], prompt["version"]): prompt["sha256"] for prompt in info["prompts"]}
    for (name, version), sha256 in hashes.items():
        assert load_prompt(name, version).ref.sha256 == sha256
    assert {"formalise-prolog", "formalise-smt", "repair"} <= {name for name, _ in hashes}


async def test_passwords_of_the_database_and_the_language_model_are_masked(tmp_path):
    settings = settings_for(tmp_path, lm="http:m@http://user:hunter2@127.0.0.1:9/v1", lm_api_key="sk-secret")
    shown = str(settings.describe())
    assert "hunter2" not in shown
    assert "sk-secret" not in shown
    assert "sk-secret" not in repr(settings)


WITHOUT_TORCH = """
import asyncio, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "safetensors", "llguidance"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
from app.main import create_app
from app.settings import read_settings
app = create_app(read_settings())

async def start():
    async with app.router.lifespan_context(app):
        ready = await app.state.service.readiness()
        print(ready.ready, ready.lm.backend, ready.lm.name)

asyncio.run(start())
"""


def test_a_service_with_a_server_for_its_language_model_starts_without_torch(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH],
        env=environment(QUOD_DATABASE_URL=f"sqlite:///{tmp_path}/quod.db", QUOD_LM="http:m@http://127.0.0.1:9/v1"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stdout == "True http m\n", ended.stderr
