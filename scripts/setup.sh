#!/usr/bin/env bash
# Makes .venv/ with everything `make check`, `make test` and `make demo` need. A second run takes a second.
#
# PYTHON=python3.12 chooses the interpreter, else the first of python3, python3.13, python3.12, python3.11 that is new
# enough. PATH decides which SWI-Prolog is used: scripts/swipl.sh.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

readonly VENV=$ROOT/.venv
readonly STAMP=$VENV/.set-up
cd "$ROOT"

# Two `make` at once would build over each other.
if command -v flock >/dev/null; then
    exec 9>"$ROOT/.set-up.lock"
    flock -n 9 || { say "waiting for another set-up in this folder"; flock 9; }
fi

# fingerprint: what the environment was made from. A moved folder counts: scripts and libraries know their place.
fingerprint() {
    printf '%s\n' "$ROOT" "${PYTHON:-}" "$(swipl_in_use)"
    cat pyproject.toml requirements/build.lock requirements/dev.lock scripts/lib.sh scripts/setup.sh scripts/swipl.sh
}

swipl_in_use() { command -v swipl || ls -d "$ROOT/.swipl/bin/swipl" 2>/dev/null || true; }

checksum() { "$VENV/bin/python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'; }

# engines_load: as the solvers start them, with an environment that has nothing in it but the home of SWI-Prolog.
engines_load() {
    env -i SWI_HOME_DIR="$(cat "$VENV/swipl-home")" HOME=/nonexistent "$VENV/bin/python" -I -c '
import cvc5, janus_swi, z3
answer = janus_swi.query_once("X is 2 rdiv 6, use_module(library(clpq))")
assert str(answer["X"]) == "1/3", answer
'
}

python_is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

choose_python() {
    local name
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if command -v "$name" >/dev/null && python_is_new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    fail "Python 3.11 or newer is needed and ${PYTHON:-python3} is not one. Say where one is, as in:  make setup PYTHON=/usr/bin/python3.12"
}

# What janus-swi needs to be compiled, and pip to exist, with this interpreter.
missing_for_python() {
    local version
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$1" -c 'import venv, ensurepip' 2>/dev/null || echo "python$version-venv"
    has_header stdio.h || printf '%s\n' gcc libc6-dev
    # Asked of the files and not of the compiler, which may be missing too.
    [ -r "$("$1" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] || echo "python$version-dev"
}

pip_install() {
    local log=$VENV/pip.log
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >"$log" 2>&1 </dev/null && return
    tail -n 20 "$log" >&2
    fail "pip could not install the Python packages. Its last lines are above, the whole log is $log"
}

if [ -r "$STAMP" ] && [ "$(fingerprint | checksum 2>/dev/null)" = "$(cat "$STAMP")" ] && engines_load >/dev/null 2>&1; then
    exit 0
fi

started=$SECONDS
rm -f "$STAMP"
python=$(choose_python)
# Handed on, so that a person who must install packages by hand is told once.
missing=$(missing_for_python "$python" | tr '\n' ' ')
swipl=$(ALSO_MISSING=$missing "$ROOT/scripts/swipl.sh")
say "SWI-Prolog: $swipl"

missing=$(missing_for_python "$python" | tr '\n' ' ')
if [ -n "$missing" ]; then
    case $(system) in
        macos) fail_until "A C compiler and Python's headers are needed." "xcode-select --install" ;;
        ubuntu) fail_until "Packages are missing." "$(install_command "$missing")" ;;
        debian)
            # shellcheck disable=SC2086 # package names, one word each
            install_packages $missing
            ;;
        other) fail "a C compiler, Python's headers and its venv module are needed; Debian calls them: $missing" ;;
    esac
fi

# Made anew if its folder was moved (every script in it has the old path), its interpreter is gone or another was asked for.
version_of() { "$1" -c 'import sys; print(sys.version_info[:2])' 2>/dev/null; }
if [ ! -x "$VENV/bin/python" ] || ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1 ||
    ! grep -qsF "$VENV/bin" "$VENV/bin/pip" || ! python_is_new_enough "$VENV/bin/python" ||
    { [ -n "${PYTHON:-}" ] && [ "$(version_of "$python")" != "$(version_of "$VENV/bin/python")" ]; }; then
    say "Python: a virtual environment in .venv/ with $("$python" --version)"
    rm -rf "$VENV"
    "$python" -m venv "$VENV"
fi

say "Python: installing the locked packages (about 60, 100 MB)"
grep -v '^janus-swi==' requirements/dev.lock >"$VENV/from-wheels.txt"
pip_install -r requirements/build.lock -r "$VENV/from-wheels.txt"
# janus-swi is compiled against one SWI-Prolog and remembers where that is, so a wheel from pip's cache, made in another
# folder, would load another folder's library.
say "Python: compiling janus-swi against $("$swipl" --version)"
PATH="$(dirname "$swipl"):$PATH" SWIPL=$swipl pip_install --no-cache-dir --no-build-isolation --no-deps --force-reinstall \
    "$(sed -n 's/^\(janus-swi==[^ ;]*\).*/\1/p' requirements/dev.lock)"
pip_install --no-build-isolation --no-deps --editable .

# For whoever starts an engine: at run time a `swipl` found on PATH, in /usr/bin or here would lend its home otherwise.
"$swipl" --dump-runtime-variables | sed -n 's/^PLBASE="\(.*\)";$/\1/p' >"$VENV/swipl-home"
engines_load || fail "the solvers do not load; what they said is above."
fingerprint | checksum >"$STAMP"
say "ready after $((SECONDS - started)) s"
