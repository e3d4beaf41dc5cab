#!/usr/bin/env bash
# Starts the service, posts an arithmetic problem, a deduction, an ordering puzzle and one that is too hard to
# POST /v1/solve, shows the verdicts with their evidence, and stops the service. The small translator that ships writes
# the programs unless QUOD_LM says otherwise, so no network is needed.
# The traces stay in the database (QUOD_DATABASE_URL, else ~/.local/share/quod/quod.db), so that `quod traces ID` shows
# them afterwards.
#
#   scripts/demo.sh             the problems of scripts/demo.py
#   scripts/demo.sh "PROBLEM"   yours
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

BIN=.venv/bin
export QUOD_LM=${QUOD_LM:-embedded:}
export QUOD_LOG_FORMAT=json

if [ ! -x "$BIN/quod" ]; then
    echo "demo: .venv is not there: run \`make demo\`, which sets it up first" >&2
    exit 1
fi

log=$(mktemp)
server=
finish() {
    status=$?
    if [ -n "$server" ] && kill -0 "$server" 2>/dev/null; then
        kill -INT "$server"
        wait "$server" || status=$?
    fi
    if [ "$status" -ne 0 ] && [ -s "$log" ]; then
        echo "demo: failed; the service's log:" >&2
        cat "$log" >&2
    elif [ "$status" -eq 0 ]; then
        echo "demo: the service has stopped"
    fi
    rm -f "$log"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

echo "demo: starting the service (.venv/bin/quod serve --port 0)"
"$BIN/quod" serve --port 0 2>"$log" &
server=$!

url=
for _ in $(seq 600); do
    url=$(sed -n 's/.*"url": "\(http[^"]*\)".*/\1/p' "$log" | head -n 1)
    [ -z "$url" ] || break
    kill -0 "$server" 2>/dev/null || { server=; exit 1; }
    sleep 0.1
done
[ -n "$url" ] || exit 1

"$BIN/python" scripts/demo.py "$url" "$@"
