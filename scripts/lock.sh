#!/usr/bin/env bash
# Writes requirements/*.lock from pyproject.toml: exact versions for every Python from 3.11 on, and no address of any
# package index. UPGRADE=1 takes the newest versions, else what is locked stays.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

readonly UV_VERSION=0.13.9
readonly UV=$ROOT/.venv/bin/uv
cd "$ROOT"

# Asked for here and not in the lock: only who changes a dependency needs it.
[ "$("$UV" --version 2>/dev/null | cut -d ' ' -f 2)" = "$UV_VERSION" ] ||
    "$ROOT/.venv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"

# compile NAME NOTE ARGUMENT...
compile() {
    local out=requirements/$1.lock note=$2 upgrade=()
    shift 2
    [ -z "${UPGRADE:-}" ] || upgrade=(--upgrade)
    say "$out"
    # The old lock is read for its versions, so it stays until the new one is whole.
    cp "$out" "$out.new" 2>/dev/null || true
    "$UV" pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
        ${upgrade[@]+"${upgrade[@]}"} --output-file "$out.new" "$@" >/dev/null
    { printf '# %s\n# Written by make lock.\n' "$note"; grep -v '^#' "$out.new"; } >"$out"
    rm "$out.new"
}

# janus-swi says what it needs only when its build finds SWI-Prolog.
PATH=$(dirname "$(scripts/swipl.sh)"):$PATH
without_torch=$(mktemp)
trap 'rm -f "$without_torch"' EXIT
echo "torch ; python_version < '3'" >"$without_torch"

compile core 'What the service runs on.' pyproject.toml
compile dev 'The service, PostgreSQL and the tools of make check and make test.' \
    --extra dev --extra postgres --constraint requirements/core.lock pyproject.toml
compile build 'What compiles janus-swi and installs this project.' --group pyproject.toml:build
compile local 'Extra [local] without torch, whose build (CPU or CUDA) is chosen when it is installed: scripts/setup.sh.' \
    --extra local --constraint requirements/dev.lock --override "$without_torch" pyproject.toml
compile train 'Extras [local] and [train], without torch as well.' \
    --extra local --extra train --constraint requirements/dev.lock --constraint requirements/local.lock \
    --override "$without_torch" pyproject.toml

if grep -inE 'https?:|^torch==|^nvidia' requirements/*.lock; then
    fail "a lock names a package index, torch or CUDA; see above."
fi
