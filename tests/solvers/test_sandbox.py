"""Each layer of the sandbox alone against Python in the locked-in child, with the layers beside it switched off."""

import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from solvers import ErrorClass, LimitName, Limits, Rejected, Runtime, SandboxUnavailableError, Stopped
from solvers.sandbox import landlock, seccomp
from tests.solvers.scripted import NO_LAYERS, answer_of, result_of, script, scripted_runtime, server_pid

pytestmark = pytest.mark.anyio

SECCOMP = replace(NO_LAYERS, seccomp=True, no_new_privileges=True)
LANDLOCK = replace(NO_LAYERS, landlock=True, no_new_privileges=True)
RLIMITS = replace(NO_LAYERS, rlimits=True, no_new_privileges=True)


@pytest.fixture(scope="module")
async def locked() -> AsyncIterator[Runtime]:
    async with scripted_runtime() as runtime:
        yield runtime


@pytest.fixture(scope="module")
async def seccomp_alone() -> AsyncIterator[Runtime]:
    async with scripted_runtime(SECCOMP) as runtime:
        yield runtime


@pytest.fixture(scope="module")
async def landlock_alone() -> AsyncIterator[Runtime]:
    async with scripted_runtime(LANDLOCK) as runtime:
        yield runtime


@pytest.fixture(scope="module")
async def rlimits_alone() -> AsyncIterator[Runtime]:
    async with scripted_runtime(RLIMITS) as runtime:
        yield runtime


@pytest.fixture(scope="module")
async def bare() -> AsyncIterator[Runtime]:
    async with scripted_runtime(NO_LAYERS) as runtime:
        yield runtime


@dataclass(frozen=True, slots=True)
class Targets:
    secret: str
    file: Path
    folder: Path
    port: int
    unix: Path
    abstract: str


@pytest.fixture
def targets(tmp_path: Path) -> Iterator[Targets]:
    """What an attack aims at. Everybody may read and write it, so that only the sandbox can stand in the way."""
    secret = secrets.token_hex(16)
    file, abstract = tmp_path / "secret", f"quod-test-{secrets.token_hex(8)}"
    file.write_text(secret)
    file.chmod(0o666)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o777)
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as hidden,
    ):
        unix.bind(str(tmp_path / "socket"))
        (tmp_path / "socket").chmod(0o777)
        hidden.bind(f"\0{abstract}")
        for server in (tcp, unix, hidden):
            server.listen()
            server.setblocking(False)
        yield Targets(secret, file, tmp_path, tcp.getsockname()[1], tmp_path / "socket", abstract)
        for server in (tcp, unix, hidden):
            with pytest.raises(BlockingIOError):
                server.accept()
    assert file.read_text() == secret
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret", "socket"]


FILES = {
    "read": "open('{file}').read()",
    "write": "open('{file}', 'w').write('x')",
    "append": "os.open('{file}', os.O_WRONLY | os.O_APPEND)",
    "truncate": "os.truncate('{file}', 0)",
    "create": "os.open('{folder}/new', os.O_CREAT | os.O_WRONLY)",
    "remove": "os.unlink('{file}')",
    "rename": "os.rename('{file}', '{folder}/new')",
    "link": "os.link('{file}', '{folder}/new')",
    "symlink": "os.symlink('{file}', '{folder}/new')",
    "mkdir": "os.mkdir('{folder}/new')",
    "fifo": "os.mkfifo('{folder}/new')",
    "list": "os.listdir('{folder}')",
    "list the root": "os.listdir('/')",
    "read another's memory": "open(f'/proc/{service}/mem', 'rb')",
    "read another's environment": "open(f'/proc/{service}/environ', 'rb').read()",
    "read its own environment": "open('/proc/self/environ', 'rb').read()",
    "write its own memory": "open('/proc/self/mem', 'wb')",
    "execute": "os.execv('/bin/true', ['true'])",
}
NETWORK = {
    "connect over TCP": "socket.create_connection(('127.0.0.1', {port}), 1)",
    "listen over TCP": "socket.create_server(('127.0.0.1', 0))",
    "connect to an abstract socket": "socket.socket(socket.AF_UNIX).connect('\\0{abstract}')",
}
SIGNALS = {
    "end the service": "os.kill({service}, signal.SIGKILL)",
    "end its fork server": "os.kill({server}, signal.SIGKILL)",
    "stop its fork server": "os.kill({server}, signal.SIGSTOP)",
}
BEYOND_LANDLOCK = {
    "open a datagram socket": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "open a UNIX socket": "socket.socket(socket.AF_UNIX)",
    "connect to a UNIX socket": "socket.socket(socket.AF_UNIX).connect('{unix}')",
    "look whether a file is there": "os.stat('{file}')",
    "change a file's mode": "os.chmod('{file}', 0o777)",
    "open a pipe": "os.pipe()",
    "fork": "os.fork()",
    "start a thread": "threading.Thread(target=int).start()",
    "trace another process": "system_call(101, 16, {server}, 0, 0)",
    "read another's memory directly": "system_call(310, {service}, 0, 0, 0, 0, 0)",
    "make a file in memory": "os.memfd_create('x')",
    "map code": "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)",
    "make memory code": "mprotect_exec()",
    "lift a limit": "system_call(302, 0, 0, 1, 0)",
    "end everything": "os.kill(-1, signal.SIGKILL)",
    "stop its own clock": "signal.setitimer(signal.ITIMER_PROF, 0)",
    "outlive its parent": "system_call(157, 1, 0, 0, 0, 0)",
    "learn the machine's name": "os.uname()",
}
MPROTECT = """
def mprotect_exec():
    memory = mmap.mmap(-1, 4096)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    if libc.mprotect(ctypes.c_void_p(address), 4096, 7) != 0:
        raise OSError(ctypes.get_errno(), "")
"""


async def attempt(runtime: Runtime, targets: Targets, action: str) -> str:
    server = await server_pid(runtime)
    values = {name: getattr(targets, name) for name in Targets.__slots__}
    action = action.replace("f'", "'").format(**values, service=os.getpid(), server=server)
    run = await runtime.solve(script(f"{MPROTECT}\noutcome = tried(lambda: {action})"))
    assert targets.secret not in run.output
    return answer_of(run)


@pytest.mark.parametrize("action", [*FILES.values(), *NETWORK.values(), *SIGNALS.values(), *BEYOND_LANDLOCK.values()])
async def test_seccomp_alone_refuses(seccomp_alone: Runtime, targets: Targets, action: str) -> None:
    assert await attempt(seccomp_alone, targets, action) in ("EPERM", "RuntimeError")


@pytest.mark.parametrize("action", [*FILES.values(), *NETWORK.values(), *SIGNALS.values()])
async def test_landlock_alone_refuses(landlock_alone: Runtime, targets: Targets, action: str) -> None:
    assert await attempt(landlock_alone, targets, action) in ("EACCES", "EPERM", "EXDEV")


async def test_a_signal_to_everything_reaches_nothing_outside(landlock_alone: Runtime) -> None:
    # kill(2) reports success for -1 whoever refused, so what counts is who is left.
    server = await server_pid(landlock_alone)
    await landlock_alone.solve(script("os.kill(-1, signal.SIGKILL)"))
    assert await server_pid(landlock_alone) == server


async def test_without_layers_the_same_attack_reaches_its_target(bare: Runtime, targets: Targets) -> None:
    # What keeps the tests above honest: the targets are within reach of a child that is not locked in.
    text = f"outcome = open({str(targets.file)!r}).read()"
    assert await result_of(bare, text) == targets.secret


async def test_no_system_call_but_the_listed_ones_gets_through(seccomp_alone: Runtime) -> None:
    allowed = {*seccomp._ALLOWED, "mmap", "mprotect", "prlimit64"}
    column = 0 if os.uname().machine == "x86_64" else 1
    numbers = [seccomp._NUMBERS[name][column] for name in allowed]
    # uretprobe and uprobe of x86-64 pass every filter by design, and end a process that calls them from elsewhere.
    numbers += [335, 336]
    text = f"""
        outcome = [number for number in range(600) if number not in {numbers}
                   and tried(lambda: system_call(number, -1, -1, -1, -1, -1, -1)) != "EPERM"]
    """
    assert await result_of(seccomp_alone, text) == "[]"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x32 is an ABI of x86-64")
async def test_a_system_call_of_the_x32_abi_ends_the_program(seccomp_alone: Runtime) -> None:
    run = await seccomp_alone.solve(script("system_call(0x40000000 + 39)"))
    assert isinstance(run.ending, Rejected)
    assert run.ending.diagnostics[0].error_class is ErrorClass.PERMISSION


async def test_what_an_engine_needs_still_works(locked: Runtime) -> None:
    text = """
        grown = bytearray(8 << 20)
        time.sleep(0.001)
        memory = mmap.mmap(-1, 65536)
        memory.resize(1 << 20)
        core = resource.getrlimit(resource.RLIMIT_CORE)
        outcome = (len(grown), len(os.urandom(8)), len(memory), time.time() > 0, core)
    """
    assert await result_of(locked, text) == "(8388608, 8, 1048576, True, (0, 0))"


async def test_the_environment_is_empty(bare: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "outcome = (dict(os.environ), open('/proc/self/environ', 'rb').read())"
    assert await result_of(bare, text) == "({}, b'')"


async def test_a_child_has_only_its_own_descriptors(bare: Runtime) -> None:
    text = "outcome = sorted(os.listdir('/proc/self/fd'))"
    # The fifth is the listing's own.
    assert await result_of(bare, text) == "['0', '1', '2', '3', '4']"


async def test_a_child_has_no_privilege_and_no_name(landlock_alone: Runtime) -> None:
    text = """
        no_new_privileges, dumpable = libc.prctl(39, 0, 0, 0, 0), libc.prctl(3, 0, 0, 0, 0)
        outcome = (os.getuid(), os.getgroups(), no_new_privileges, dumpable, os.getcwd(), os.getsid(0) == os.getpid())
    """
    # A service that is not root cannot become somebody else, and need not.
    user, groups = (65534, []) if os.getuid() == 0 else (os.getuid(), os.getgroups())
    assert await result_of(landlock_alone, text) == f"({user}, {groups}, 1, 0, '/', True)"


async def test_rlimits_alone_refuse_to_fork_open_and_write(rlimits_alone: Runtime, targets: Targets) -> None:
    text = f"""
        outcome = (tried(os.fork), tried(lambda: os.open("/", os.O_RDONLY)), tried(os.pipe))
        os.close(0)
        descriptor = os.open("{targets.file}", os.O_WRONLY | os.O_APPEND)
        outcome += (tried(lambda: os.write(descriptor, b"x")),)
    """
    # A process whose user is root may fork in spite of RLIMIT_NPROC, so it must be somebody else by then.
    assert await result_of(rlimits_alone, text) == "('EAGAIN', 'EMFILE', 'EMFILE', 'EFBIG')"


async def test_a_program_that_takes_too_much_memory_is_stopped(locked: Runtime) -> None:
    run = await locked.solve(script("outcome = len(bytearray(40 << 20))"), Limits(memory_mib=64))
    assert answer_of(run) == str(40 << 20)
    run = await locked.solve(script("outcome = len(bytearray(80 << 20))"), Limits(memory_mib=64))
    assert run.ending == Stopped(LimitName.MEMORY_MIB)
    hungry = "kept = []\nwhile True:\n    kept.append(bytearray(1 << 20))"
    run = await locked.solve(script(hungry), Limits(memory_mib=64))
    assert run.ending == Stopped(LimitName.MEMORY_MIB)
    assert 50 < run.usage.peak_memory_mib < 120


async def test_a_stack_that_is_used_up_is_the_programs_fault(locked: Runtime) -> None:
    run = await locked.solve(script("f = lambda: f()\nf()"))
    assert isinstance(run.ending, Rejected)
    assert run.ending.diagnostics[0].error_class is ErrorClass.RESOURCE


async def test_cpu_time_is_limited_to_a_fraction_of_a_second(locked: Runtime) -> None:
    run = await locked.solve(script("while True: pass"), Limits(cpu_seconds=0.3))
    assert run.ending == Stopped(LimitName.CPU_SECONDS)
    assert 0.25 < run.usage.cpu_seconds < 0.8


async def test_a_program_that_ignores_the_cpu_limit_is_killed_by_the_kernel(locked: Runtime) -> None:
    text = """
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        while True: pass
    """
    run = await locked.solve(script(text), Limits(wall_seconds=60, cpu_seconds=0.3))
    assert run.ending == Stopped(LimitName.CPU_SECONDS)
    assert run.usage.cpu_seconds < 2.5


async def test_where_the_network_stays_open_nothing_runs(tmp_path: Path) -> None:
    async with scripted_runtime(LANDLOCK, allow_open=False) as runtime:
        with pytest.raises(SandboxUnavailableError, match="network") as raised:
            await runtime.solve(script("outcome = 1"))
        assert "files" not in raised.value.missing
    async with scripted_runtime(replace(NO_LAYERS, rlimits=True), allow_open=False) as runtime:
        with pytest.raises(SandboxUnavailableError, match="files"):
            await runtime.solve(script("outcome = 1"))


async def test_a_run_reports_the_layers_its_child_had(locked: Runtime, landlock_alone: Runtime, bare: Runtime) -> None:
    for runtime, seccomp_on, landlock_on, privileges_gone in (
        (locked, True, True, True),
        (landlock_alone, False, True, True),
        (bare, False, False, False),
    ):
        layers = (await runtime.solve(script("outcome = 1"))).sandbox
        assert (layers.seccomp, layers.landlock, layers.no_new_privileges) == (seccomp_on, landlock_on, privileges_gone)


def test_landlock_takes_every_right_that_the_kernel_knows() -> None:
    rights = landlock.offered()
    assert rights is not None
    # Source: linux/landlock.h, by the ABI that brought each.
    expected = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16, 6: 16, 7: 16}
    assert rights.files.bit_count() >= expected.get(rights.abi, 16)
    assert rights.network.bit_count() >= (2 if rights.abi >= 4 else 0)
    assert rights.scopes.bit_count() >= (2 if rights.abi >= 6 else 0)


async def test_descriptors_sent_up_the_channel_do_not_stay_with_the_service(landlock_alone: Runtime) -> None:
    await result_of(landlock_alone, "outcome = 1")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        # Where no seccomp refuses it; with it there is no sendmsg.
        run = await landlock_alone.solve(script("socket.send_fds(socket.socket(fileno=3), [b'x'], [0, 1, 2] * 20)"))
        assert isinstance(run.ending, Rejected)
        assert run.ending.diagnostics[0].error_class is ErrorClass.PERMISSION
    assert len(os.listdir("/proc/self/fd")) == before


async def test_what_a_child_does_to_descriptors_it_shares_reaches_nobody(landlock_alone: Runtime) -> None:
    text = """
        set_flags, append, nonblocking, asynchronous = 4, 0o2000, 0o4000, 0o20000
        for number in range(4):
            libc.fcntl(number, set_flags, append | nonblocking | asynchronous)
            libc.fcntl(number, 8, os.getppid())  # F_SETOWN
            libc.lseek(number, 100, 0)
        os.write(0, b"x" * 100)
        outcome = "done"
    """
    server = await server_pid(landlock_alone)
    assert await result_of(landlock_alone, text) == "done"
    assert await result_of(landlock_alone, "outcome = (os.read(0, 5), os.get_blocking(3), 'y' * 300_000)[:2]") == (
        "(b'', True)"
    )
    assert await server_pid(landlock_alone) == server


async def test_no_memory_of_a_child_holds_anything_of_a_program_that_ran_before(bare: Runtime) -> None:
    """The fork server passes jobs on unread, and its memory is all that children inherit."""
    first, second = secrets.token_hex(16), secrets.token_hex(16)
    await result_of(bare, f"outcome = '{first}{second}'")
    # Without layers it can look everywhere. It holds the halves itself, but not one behind the other.
    text = f"""
        def holds(first, second):
            with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
                for line in maps.read().splitlines():
                    if line.split()[1].startswith("rw"):
                        start, end = (int(edge, 16) for edge in line.split()[0].split("-"))
                        memory.seek(start)
                        parts = memory.read(end - start).split(first)
                        if any(part.startswith(second) for part in parts[1:]):
                            return True
            return False
        here = b"seen" + b"-".join([b"in", b"here"])
        outcome = (holds(b"{first}", b"{second}"), holds(b"seen", b"in-here"))
    """
    assert await result_of(bare, text) == "(False, True)"


async def test_the_policy_of_futexes_and_advice_holds_in_a_child(seccomp_alone: Runtime) -> None:
    futex, madvise = (
        seccomp._NUMBERS[name][0 if os.uname().machine == "x86_64" else 1] for name in ("futex", "madvise")
    )
    text = f"""
        memory = mmap.mmap(-1, 65536)
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        outcome = [tried(lambda: system_call({madvise}, address, 65536, advice)) for advice in (4, 12, 21)]
        outcome += [tried(lambda: system_call({futex}, address, operation, 0, 0, 0, 0)) for operation in (1, 6)]
    """
    assert await result_of(seccomp_alone, text) == "['done', 'EPERM', 'EPERM', 'done', 'EPERM']"
