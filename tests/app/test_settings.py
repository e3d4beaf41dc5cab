"""What an operator can set, and what he is told when it is wrong."""

import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from app.settings import Settings, SettingsError, default_database_url, read_settings, without_password
from solvers import Limits


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith("QUOD_"):
            monkeypatch.delenv(name)


def test_every_setting_has_a_default_and_a_help():
    settings = read_settings()
    assert settings.limits == Limits()
    assert all(field.description for field in Settings.model_fields.values())


def test_the_translator_that_ships_is_the_language_model_of_whoever_chooses_none():
    assert read_settings().lm == "embedded:"


def test_the_environment_sets_and_the_command_line_comes_before_it(monkeypatch):
    monkeypatch.setenv("QUOD_LM", "recorded:environment")
    monkeypatch.setenv("QUOD_LIMIT_WALL_SECONDS", "2.5")
    assert read_settings().lm == "recorded:environment"
    assert read_settings().limits.wall_seconds == 2.5
    assert read_settings(lm="recorded:given").lm == "recorded:given"


def test_an_unknown_variable_is_refused_with_the_one_that_was_meant(monkeypatch):
    monkeypatch.setenv("QUOD_LIMIT_WAL_SECONDS", "2")
    monkeypatch.setenv("QUOD_XYZZY", "1")
    with pytest.raises(SettingsError) as raised:
        read_settings()
    assert "QUOD_LIMIT_WAL_SECONDS is not a setting of Quod: did you mean QUOD_LIMIT_WALL_SECONDS?" in str(raised.value)
    assert "QUOD_XYZZY" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QUOD_LIMIT_WALL_SECONDS", "-1"),
        ("QUOD_LIMIT_WALL_SECONDS", "nan"),
        ("QUOD_LIMIT_WALL_SECONDS", "inf"),
        ("QUOD_LIMIT_MEMORY_MIB", "lots"),
        ("QUOD_CONCURRENCY", "0"),
        ("QUOD_ON_REPEAT", "shrug"),
        ("QUOD_LOG_FORMAT", "xml"),
        ("QUOD_DATABASE_URL", ""),
        ("QUOD_LM", ""),
        ("QUOD_ALLOW_OPEN_SANDBOX", "perhaps"),
    ],
)
def test_a_value_out_of_bounds_names_its_variable_and_its_meaning(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        read_settings()
    assert name in str(raised.value)
    assert Settings.model_fields[name.removeprefix("QUOD_").lower()].description in str(raised.value)


def test_all_faults_are_told_at_once(monkeypatch):
    monkeypatch.setenv("QUOD_CONCURRENCY", "0")
    monkeypatch.setenv("QUOD_LOG_LEVEL", "loud")
    monkeypatch.setenv("QUOD_LANGUAGE_MODEL", "x")
    with pytest.raises(SettingsError) as raised:
        read_settings()
    assert all(name in str(raised.value) for name in ("QUOD_CONCURRENCY", "QUOD_LOG_LEVEL", "QUOD_LANGUAGE_MODEL"))


@pytest.mark.parametrize(
    "name",
    [name for name in Settings.model_fields if f"{name}_max" in Settings.model_fields and name != "budget_tokens"],
)
def test_a_default_above_its_maximum_is_refused(name):
    maximum = getattr(Settings(), f"{name}_max")
    with pytest.raises(ValidationError, match=f"QUOD_{name.upper()}_MAX"):
        Settings(**{name: maximum + 1})


def test_a_wrong_key_is_not_shown_in_an_error(monkeypatch):
    monkeypatch.setenv("QUOD_LM_API_KEY", "sk-secret")
    monkeypatch.setenv("QUOD_LOG_LEVEL", "loud")
    with pytest.raises(SettingsError) as raised:
        read_settings()
    assert "sk-secret" not in str(raised.value)


def test_secrets_are_masked_in_what_is_shown():
    settings = Settings(
        lm_api_key="sk-secret",
        database_url="postgresql+psycopg://quod:hunter2@db:5432/quod?sslpassword=hunter3",
        lm="http:m@http://user:hunter4@host/v1",
    )
    for shown in (str(settings.describe()), repr(settings.lm_api_key)):
        assert "sk-secret" not in shown
        assert "hunter" not in shown
    assert "quod:**********@db:5432/quod" in settings.describe()["database_url"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/lib/quod/quod.db", "sqlite:////var/lib/quod/quod.db"),
        ("postgresql://u:p@ss@h/d", "postgresql://u:**********@h/d"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("recorded:file.jsonl", "recorded:file.jsonl"),
    ],
)
def test_only_the_password_of_a_url_is_masked(url, shown):
    assert without_password(url) == shown


def test_the_default_database_lies_in_the_users_data_folder(monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_database_url() == "sqlite:////data/quod/quod.db"
    monkeypatch.setenv("XDG_DATA_HOME", "not/absolute")
    monkeypatch.setenv("HOME", "/home/ada")
    assert default_database_url() == "sqlite:////home/ada/.local/share/quod/quod.db"


def test_importing_the_service_reads_no_environment():
    code = "import os; os.environ['QUOD_XYZZY'] = '1'; import app.main, app.cli.commands, app.api.service"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
