#!/usr/bin/env bash
# Makes .venv/ with everything the targets need. A second run takes a second.
#
#   scripts/setup.sh full     with torch and what training needs: the embedded translator runs (make setup, test, demo)
#   scripts/setup.sh remote   without: for language models that a server runs (make setup-remote)
#   scripts/setup.sh          as it was made before, else full (make serve, check, format, lock)
#
# TORCH_INDEX="--index-url ADDRESS" says where torch comes from, and so which build it is. Without it: the CPU build, or
# the one that pip finds where there is an NVIDIA driver.
# PYTHON=python3.12 chooses the interpreter, else the first of python3, python3.13, python3.12, python3.11 that is new
# enough. PATH decides which SWI-Prolog is used: scripts/swipl.sh.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

readonly VENV=$ROOT/.venv
readonly STAMP=$VENV/.set-up INDEX_OF_TORCH=$VENV/.torch-index
readonly CPU_BUILDS=https://download.pytorch.org/whl/cpu
cd "$ROOT"

flavour=${1:-$(cut -s -d ' ' -f 1 "$STAMP" 2>/dev/null || true)}
flavour=${flavour:-full}
case $flavour in full | remote) ;; *) fail "scripts/setup.sh takes full, remote or nothing, not '$flavour'" ;; esac

# Two `make` at once would build over each other.
if command -v flock >/dev/null; then
    exec 9>"$ROOT/.set-up.lock"
    flock -n 9 || { say "waiting for another set-up in this folder"; flock 9; }
fi

# fingerprint: what the environment was made from. A moved folder counts: scripts and libraries know their place.
fingerprint() {
    printf '%s\n' "$ROOT" "${PYTHON:-}" "$(swipl_in_use)"
    cat pyproject.toml requirements/{build,dev,train}.lock scripts/{lib,setup,swipl}.sh
}

stamp() { echo "$flavour $(fingerprint | checksum 2>/dev/null)"; }

torch_is_as_asked() {
    [ "$flavour" = remote ] || [ -z "${TORCH_INDEX:-}" ] || [ "$TORCH_INDEX" = "$(cat "$INDEX_OF_TORCH" 2>/dev/null)" ]
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

pip_try() {
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >"$VENV/pip.log" 2>&1 </dev/null
}

pip_install() {
    pip_try "$@" && return
    tail -n 20 "$VENV/pip.log" >&2
    fail "pip could not install the Python packages. Its last lines are above, the whole log is $VENV/pip.log"
}

# install_torch: by itself and first, so that nothing else resolves it.
install_torch() {
    local pin
    pin=$(sed -n 's/^local = \["\(torch==[0-9.]*\)".*/\1/p' pyproject.toml)
    [ -n "$pin" ] || fail "pyproject.toml names no torch in its extra [local]"
    if ! torch_is_as_asked; then
        "$VENV/bin/python" -m pip uninstall --quiet --yes torch 2>/dev/null || true
    elif "$VENV/bin/python" -c 'import importlib.metadata as m, sys; sys.exit(m.version("torch").split("+")[0] != sys.argv[1])' \
        "${pin#torch==}" 2>/dev/null; then
        return
    fi
    # The versions of what torch needs besides.
    local locked=(--constraint "$VENV/trained-with.txt")
    if [ -n "${TORCH_INDEX:-}" ]; then
        say "Python: installing $pin from ${TORCH_INDEX##* }"
        # Such an index may lack the locked versions of what torch needs; they come after it.
        # shellcheck disable=SC2086 # options for pip, one word each
        pip_install $TORCH_INDEX "$pin"
    elif [ "$KERNEL" = Linux ] && ! command -v nvidia-smi >/dev/null; then
        # PyPI holds the CUDA build alone, with 3 GB of libraries for a GPU that is not there.
        say "Python: installing $pin, the CPU build (200 MB to fetch, 0.8 GB on disk)"
        pip_try "${locked[@]}" "$pin+cpu" || pip_try "${locked[@]}" --extra-index-url "$CPU_BUILDS" "$pin+cpu" || {
            say "Python: there is no CPU build where pip looks, nor at $CPU_BUILDS: taking what pip finds, maybe 3 GB"
            pip_install "${locked[@]}" "$pin"
        }
    else
        say "Python: installing $pin (with CUDA about 3 GB; TORCH_INDEX chooses another build)"
        pip_install "${locked[@]}" "$pin"
    fi
    printf '%s' "${TORCH_INDEX:-}" >"$INDEX_OF_TORCH"
}

if [ -r "$STAMP" ] && [ "$(stamp)" = "$(cat "$STAMP")" ] && torch_is_as_asked && engines_load >/dev/null 2>&1; then
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

grep -v '^janus-swi==' requirements/dev.lock >"$VENV/from-wheels.txt"
if [ "$flavour" = full ]; then
    grep -v '^janus-swi==' requirements/train.lock >"$VENV/trained-with.txt"
    install_torch
    say "Python: installing the locked packages (about 120, 290 MB to fetch; .venv will take 2 GB, without torch: make setup-remote)"
    pip_install -r requirements/build.lock -r "$VENV/from-wheels.txt" -r "$VENV/trained-with.txt"
else
    say "Python: installing the locked packages, no torch (about 100, 190 MB to fetch)"
    pip_install -r requirements/build.lock -r "$VENV/from-wheels.txt"
fi
# janus-swi is compiled against one SWI-Prolog and remembers where that is, so a wheel from pip's cache, made in another
# folder, would load another folder's library.
say "Python: compiling janus-swi against $("$swipl" --version)"
PATH="$(dirname "$swipl"):$PATH" SWIPL=$swipl pip_install --no-cache-dir --no-build-isolation --no-deps --force-reinstall \
    "$(sed -n 's/^\(janus-swi==[^ ;]*\).*/\1/p' requirements/dev.lock)"
pip_install --no-build-isolation --no-deps --editable .

# For whoever starts an engine: at run time a `swipl` found on PATH, in /usr/bin or here would lend its home otherwise.
"$swipl" --dump-runtime-variables | sed -n 's/^PLBASE="\(.*\)";$/\1/p' >"$VENV/swipl-home"
engines_load || fail "the solvers do not load; what they said is above."
stamp >"$STAMP"
say "ready after $((SECONDS - started)) s"
