#!/usr/bin/env bash
# Gets a PostgreSQL server for the tests where there is none: Debian's package, without the database that it would begin
# and start. tests/postgresql.py starts the server for a test run, in a folder of its own.
#
# Where it may not be installed, a sentence says what to install, and the tests that need it are skipped.
# TEST_DATABASE_URL names a server elsewhere; then nothing is installed.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

# As tests/postgresql.py looks for it.
is_there() { [ -n "${TEST_DATABASE_URL:-}" ] || command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }

readonly DROP_IN=/etc/postgresql-common/createcluster.d/quod.conf

# install: Debian's package makes a database of its own and starts it, unless a setting that lies there before says no.
install() {
    say "PostgreSQL: for the tests; no server is left running"
    as_root mkdir -p "${DROP_IN%/*}"
    as_root sh -c "echo 'create_main_cluster = false' >$DROP_IN"
    trap 'as_root rm -f "$DROP_IN"' EXIT
    install_packages postgresql
}

is_there && exit 0
without="without it the tests of PostgreSQL are skipped."
case $(system) in
    debian)
        if may_install; then
            (install) || say "PostgreSQL: could not be installed; $without"
        else
            say "PostgreSQL: is not there and only root may install it; $without To have them:  $(install_command postgresql)"
        fi
        ;;
    ubuntu) say "PostgreSQL: is not there; $without To have them:  $(install_command postgresql)" ;;
    macos) say "PostgreSQL: is not there; $without To have them:  brew install postgresql" ;;
    other) say "PostgreSQL: initdb is not on PATH; $without" ;;
esac
