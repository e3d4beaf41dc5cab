"""The image and the stack, as far as they can be read without a container engine."""

import json
import os
import re
import runpy
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.postgresql import NoServerError, find_binaries

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
STACK = runpy.run_path(str(ROOT / "scripts" / "stack.py"))
OURS = {"api", "migrate", "dask-scheduler", "worker"}
PROFILES = {"ollama": "ollama", "vllm": "vllm", "prometheus": "observability", "blackbox": "observability"}


def tool(name):
    if not (BIN / name).exists():
        pytest.skip(f"{name} is not in .venv: `make setup` installs it")
    return str(BIN / name)


def run(*command, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env={**kept, **environment})


def compose_config(**environment):
    """What Docker Compose makes of the file; it refuses what the Compose specification does not know."""
    command = [tool("docker-compose"), "--env-file", os.devnull, "--profile", "*", "config", "--format", "json"]
    said = run(*command, **environment)
    assert said.returncode == 0, said.stderr
    assert said.stderr == ""
    return json.loads(said.stdout)


@pytest.fixture(scope="module")
def compose():
    return compose_config()


@pytest.fixture(scope="module")
def services(compose):
    return compose["services"]


def environment(service):
    return service.get("environment") or {}


def test_the_compose_file_is_as_the_specification_has_it_and_has_the_services_of_the_stack(services):
    assert services.keys() == OURS | {"postgres"} | PROFILES.keys()
    assert {name: service["profiles"] for name, service in services.items() if "profiles" in service} == {
        name: [profile] for name, profile in PROFILES.items()
    }


def test_a_key_that_the_specification_does_not_know_is_refused(tmp_path):
    spoilt = tmp_path / "docker-compose.yml"
    spoilt.write_text((ROOT / "docker-compose.yml").read_text().replace("read_only: true", "read_olny: true", 1))
    said = run(tool("docker-compose"), "-f", str(spoilt), "config", "--quiet")
    assert said.returncode != 0
    assert "read_olny" in said.stderr


def test_no_service_is_root_or_may_become_it(services):
    for name, service in services.items():
        assert re.fullmatch(r"[1-9][0-9]*:[1-9][0-9]*", service["user"]), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.keys() & {"cap_add", "privileged", "pid", "ipc", "network_mode", "devices"}, name


def test_no_service_writes_to_its_root_but_to_memory_and_volumes(services):
    for name, service in services.items():
        assert service["read_only"] is True, name
        for mount in service.get("volumes", []):
            assert mount["type"] == "volume" or mount["read_only"] is True, name
        for mounted in service.get("tmpfs", []):
            assert "size=" in mounted, name


def test_every_service_has_limits_a_restart_policy_an_init_and_bounded_logs(services):
    for name, service in services.items():
        assert service["cpus"] > 0, name
        assert int(service["mem_limit"]) > 0, name
        assert service["pids_limit"] > 0, name
        assert service["init"] is True, name
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped"), name
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name


def test_as_many_programs_run_at_once_as_there_are_processors_for_them(services):
    for name in ("api", "worker"):
        assert int(environment(services[name])["QUOD_CONCURRENCY"]) == services[name]["cpus"]


def test_only_the_api_has_a_port_and_only_on_this_machine(services):
    published = {name: service["ports"] for name, service in services.items() if service.get("ports")}
    assert published.keys() == {"api"}
    assert [(port["host_ip"], port["target"]) for port in published["api"]] == [("127.0.0.1", 8000)]


def test_prometheus_reads_the_metrics_of_the_api_and_reaches_every_service_that_it_asks(compose, services):
    config = yaml.safe_load((ROOT / compose["configs"]["prometheus"]["file"]).read_text())
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    assert jobs["quod"]["static_configs"] == [{"targets": ["api:8000"]}]
    assert jobs["quod"].get("metrics_path", "/metrics") == "/metrics"
    asked = [target for job in jobs.values() for each in job["static_configs"] for target in each["targets"]]
    for target in asked:
        host = target.removeprefix("http://").partition(":")[0]
        assert services[host]["networks"].keys() & services["prometheus"]["networks"].keys(), target


def test_database_scheduler_and_language_models_have_a_network_without_a_way_out(compose, services):
    assert compose["networks"]["inside"]["internal"] is True
    with_a_way_out = {name for name, service in services.items() if service["networks"].keys() - {"inside"}}
    assert with_a_way_out == {"api", "worker"}


def test_secrets_are_files_and_only_those_who_need_one_have_it(compose, services):
    assert all(secret.keys() == {"name", "file"} for secret in compose["secrets"].values())
    holders = {name: {secret["source"] for secret in service.get("secrets", [])} for name, service in services.items()}
    assert {name: held for name, held in holders.items() if held} == {
        "postgres": {"database_password"},
        "migrate": {"database_password"},
        "api": {"database_password", "lm_api_key"},
        "worker": {"lm_api_key"},
    }
    for name, service in services.items():
        for variable, value in environment(service).items():
            if re.search("PASSWORD|KEY|SECRET|TOKEN", variable):
                assert value.removeprefix("/run/secrets/") in holders[name], (name, variable)
    # A URL with a password in it would be one in the environment.
    assert not re.search(r"://[^/@\s]*:[^/@\s]+@", json.dumps(services))


def test_images_are_named_by_version(services):
    for name, service in services.items():
        assert re.fullmatch(r"[a-z/-]+:v?[0-9][\w.-]*", service["image"]), name


def test_the_processes_of_ours_share_one_image_of_the_version_that_this_is(services):
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {services[name]["image"] for name in OURS} == {f"quod:{version}"}
    assert f"ARG VERSION={version}\n" in (ROOT / "Dockerfile").read_text()


def test_every_service_that_goes_on_has_a_health_check_and_the_api_by_readyz(services):
    for name, service in services.items():
        if name != "migrate":
            assert service["healthcheck"]["test"][0] == "CMD", name
    assert "/readyz" in services["api"]["healthcheck"]["test"][-1]


def test_the_image_is_healthy_by_the_same_check_and_starts_the_same_command_as_the_api(services):
    text = (ROOT / "Dockerfile").read_text()
    commands = [json.loads(found) for found in re.findall(r"^\s*CMD (\[.*\])$", text, re.MULTILINE)]
    assert commands == [services["api"]["healthcheck"]["test"][1:], services["api"]["command"]]


def test_the_database_is_migrated_before_anyone_serves(services):
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert services["api"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["worker"]["depends_on"]["dask-scheduler"]["condition"] == "service_healthy"


def test_workers_can_be_many_and_know_the_same_language_model_as_the_api():
    services = compose_config(QUOD_LM="http:qwen2.5:7b@http://ollama:11434/v1")["services"]
    assert not services["worker"].keys() & {"container_name", "hostname", "ports"}
    asked = {name: environment(services[name])["QUOD_LM"] for name in ("api", "worker")}
    assert set(asked.values()) == {"http:qwen2.5:7b@http://ollama:11434/v1"}


def test_every_setting_in_the_file_is_one_that_quod_knows(services):
    from app.settings import PREFIX, Settings

    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in OURS:
        assert {variable for variable in environment(services[name]) if variable.startswith(PREFIX)} <= known


def test_hadolint_finds_nothing_in_the_dockerfile():
    said = run(tool("hadolint"), "Dockerfile")
    assert (said.returncode, said.stdout) == (0, "")


def test_the_builder_gets_what_it_copies_and_no_secret():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!").split("/")[0] for line in ignored if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert {name for line in copied for name in line.split()} == let_in
    assert "*" in ignored
    assert let_in.isdisjoint({".git", ".env", "secrets", "models", "tests", ".venv"})


# scripts/stack.py


def test_the_script_starts_what_the_compose_file_has_outside_of_profiles_in_its_order(services):
    found = STACK["load_services"]({})
    assert found.keys() == OURS
    order = STACK["in_order"](found)
    assert order.index("migrate") < order.index("api")
    assert order.index("dask-scheduler") < min(order.index("api"), order.index("worker"))
    assert [name for name in order if STACK["runs_once"](name, found)] == ["migrate"]


def test_the_script_exchanges_every_address_and_port_of_the_commands():
    exchanged = {port: f"<{port}>" for port in STACK["PORTS"]}
    exchanged |= {"dask-scheduler": "<host>", "0.0.0.0": "<all>", STACK["DATABASE"]: "<database>"}
    left = []
    for service in STACK["load_services"]({}).values():
        words = [*service["command"], *service.get("healthcheck", {}).get("test", []), *environment(service).values()]
        left += re.findall(
            r"(?<![<0-9])\d{4,5}(?![>0-9])|tcp://[a-z]\S*|@postgres\S*", " ".join(STACK["here"](words, exchanged))
        )
    assert left == []


def test_what_is_exchanged_is_exchanged_once_and_whole():
    exchanged = {"8000": "8786", "8786": "8000", "0.0.0.0": "127.0.0.1"}
    words = ["serve", "0.0.0.0:8000", "18000", "80001", "tcp://h:8786"]
    assert STACK["here"](words, exchanged) == ["serve", "127.0.0.1:8786", "18000", "80001", "tcp://h:8000"]


@pytest.fixture
def started(tmp_path):
    """The script with a folder for temporary files of its own, which is empty again when it has ended."""
    tool("docker-compose")
    try:
        find_binaries()
    except NoServerError as error:
        pytest.skip(str(error))
    command = [sys.executable, ROOT / "scripts" / "stack.py"]
    given = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=given) as process:
        try:
            yield process
        finally:
            process.terminate()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(1800)
def test_the_stack_evaluates_the_samples_on_its_workers_and_leaves_nothing_behind(started):
    said = started.stdout.read()
    assert started.wait() == 0, said
    for step in ("60 correct", "of 2 solved samples", "no process and no port is left", "stack: passed"):
        assert step in said
    assert said.count("seccomp") == 3


@pytest.mark.timeout(900)
def test_the_stack_ends_what_it_began_when_it_is_interrupted(started):
    said = ""
    while "stack: worker" not in said:
        more = started.stdout.read(1)
        assert more, said
        said += more
    started.send_signal(signal.SIGINT)
    said += started.stdout.read()
    assert started.wait() == 130, said
    assert "interrupted; what was started has ended" in said
    assert [line for line in _command_lines() if "quod-stack-" in line] == []


def _command_lines():
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield entry.read_text().replace("\0", " ")
        except OSError:
            continue
