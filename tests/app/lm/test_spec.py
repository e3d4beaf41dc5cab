import importlib.util
import json
import os
import subprocess
import sys

import pytest

from app.errors import LmSpecError
from app.lm.http import HttpLM
from app.lm.options import LmOptions
from app.lm.recorded import RecordedLM
from app.lm.spec import open_language_model
from app.lm.types import LmIdentity

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("spec", "name", "base_url"),
    [
        ("http:relay@http://127.0.0.1:8399/v1", "relay", "http://127.0.0.1:8399/v1"),
        ("http:qwen2.5:7b@http://localhost:11434/v1/", "qwen2.5:7b", "http://localhost:11434/v1"),
        ("http:Qwen/Qwen2.5-7B@https://host.example/api/v1", "Qwen/Qwen2.5-7B", "https://host.example/api/v1"),
        ("http:me@work@http://[::1]:80/v1", "me@work", "http://[::1]/v1"),
        ("http:a@http://b@https://c", "a@http://b", "https://c"),
    ],
)
async def test_a_server_is_named_by_model_and_address(spec, name, base_url):
    lm = open_language_model(spec)
    assert isinstance(lm, HttpLM)
    assert lm.identity == LmIdentity("http", name, None, base_url)
    await lm.close()


@pytest.mark.parametrize("spec", ["", "gpt-4", "openai:gpt-4", "recorded", "http", "transformers:", "HTTP:m@http://h"])
def test_an_unknown_form_lists_the_three(spec):
    with pytest.raises(LmSpecError) as caught:
        open_language_model(spec)
    for form in ("http:MODEL@BASE_URL", "transformers:PATH_OR_ID", "recorded:FILE"):
        assert form in str(caught.value)


@pytest.mark.parametrize("spec", ["http:", "http:m", "http://localhost:11434/v1", "http:@http://h", "http:m@localhost"])
def test_a_server_without_model_or_address_shows_what_one_looks_like(spec):
    with pytest.raises(LmSpecError, match=r"lacks its MODEL@BASE_URL.*https://: it looks like http:qwen2.5:7b@http"):
        open_language_model(spec)


def test_a_password_in_a_spec_is_not_repeated():
    for spec in ("http:m@http://user:secret@host/v1", "https://user:secret@host/v1", "http://user:secret@host"):
        with pytest.raises(LmSpecError) as caught:
            open_language_model(spec)
        assert "secret" not in str(caught.value)


def test_a_recording_is_opened_by_its_path_or_as_the_one_that_ships(tmp_path):
    file = tmp_path / "samples.jsonl"
    file.write_text(json.dumps({"problem": "p", "attempt": 1, "completion": "c"}))
    named = open_language_model(f"recorded:{file}")
    shipped = open_language_model("recorded:", LmOptions(default_recording=file))
    assert isinstance(named, RecordedLM)
    assert named.identity == shipped.identity
    with pytest.raises(LmSpecError, match="no recording ships"):
        open_language_model("recorded:")
    with pytest.raises(LmSpecError, match="cannot be read"):
        open_language_model(f"recorded:{tmp_path / 'other.jsonl'}")


def test_torch_is_not_imported_before_it_is_needed():
    code = "import sys, app.lm.spec; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_a_missing_package_is_named_with_the_command_that_installs_it(tmp_path, monkeypatch, package):
    installed = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == package else installed("json"), raising=True
    )
    with pytest.raises(LmSpecError, match=rf"package {package}, .*`make setup`.*`pip install 'quod\[local\]'`"):
        open_language_model(f"transformers:{tmp_path}")
