"""What an operator can set, and what he is told when it is wrong."""

import os
import subprocess
import sys

import pytest
from pydantic import ValidationError
from sqlalchemy import make_url

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


def test_secrets_are_read_from_files_so_that_the_environment_holds_none(monkeypatch, tmp_path):
    (tmp_path / "password").write_text("p@ss/w:rd %\n")
    (tmp_path / "key").write_text("sk-secret\n")
    monkeypatch.setenv("QUOD_DATABASE_URL", "postgresql+psycopg://quod@db:5432/quod?connect_timeout=5")
    monkeypatch.setenv("QUOD_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("QUOD_LM_API_KEY_FILE", str(tmp_path / "key"))
    settings = read_settings()
    url = make_url(settings.database_url)
    assert (url.username, url.password, url.host, url.port, url.database) == ("quod", "p@ss/w:rd %", "db", 5432, "quod")
    assert settings.lm_api_key.get_secret_value() == "sk-secret"
    assert "sk-secret" not in str(settings.describe())
    assert "rd" not in settings.describe()["database_url"].partition("@")[0]


def test_an_empty_file_holds_no_key_and_is_no_password(monkeypatch, tmp_path):
    (tmp_path / "empty").write_text("\n")
    monkeypatch.setenv("QUOD_LM_API_KEY_FILE", str(tmp_path / "empty"))
    assert read_settings().lm_api_key is None
    monkeypatch.setenv("QUOD_DATABASE_URL", "postgresql+psycopg://quod@db/quod")
    monkeypatch.setenv("QUOD_DATABASE_PASSWORD_FILE", str(tmp_path / "empty"))
    with pytest.raises(SettingsError, match=r"QUOD_DATABASE_PASSWORD_FILE: the file .* is empty"):
        read_settings()


@pytest.mark.parametrize(
    "url", ["postgresql://quod:hunter2@db/quod", "postgresql://db/quod", "sqlite:////tmp/quod.db", None]
)
def test_a_password_file_needs_a_url_with_a_user_and_without_a_password(monkeypatch, tmp_path, url):
    (tmp_path / "password").write_text("hunter3")
    if url is not None:
        monkeypatch.setenv("QUOD_DATABASE_URL", url)
    monkeypatch.setenv("QUOD_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    with pytest.raises(SettingsError, match="with a user and without a password") as raised:
        read_settings()
    assert "hunter" not in str(raised.value)


def test_a_secret_given_twice_or_in_a_file_that_is_not_there_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("QUOD_LM_API_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(SettingsError, match=r"QUOD_LM_API_KEY_FILE: the file .*missing cannot be read: No such file"):
        read_settings()
    monkeypatch.setenv("QUOD_LM_API_KEY", "sk-secret")
    with pytest.raises(SettingsError, match="both set: keep one"):
        read_settings()


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
