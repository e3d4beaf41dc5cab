# shellcheck shell=bash disable=SC2034
# Shared by the set-up scripts: messages, the system's name, packages. Sourced, not run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly ROOT

# Both can be set from outside, so that every branch can be tried on one machine.
OS_RELEASE=${SETUP_OS_RELEASE:-/etc/os-release}
KERNEL=${SETUP_KERNEL:-$(uname -s)}

say() { printf 'setup: %s\n' "$*" >&2; }

fail() {
    printf '\nsetup: %s\n' "$*" >&2
    exit 1
}

# fail_until SENTENCE COMMAND: what a person has to run first, on a line of its own to copy.
fail_until() {
    fail "$1 Run this, then the same command again:
    $2"
}

# os_field NAME: a field of os-release, empty where there is none. Read in a subshell: the file is shell.
# shellcheck disable=SC1090 # the system's file
os_field() { (unset "$1"; [ ! -r "$OS_RELEASE" ] || . "$OS_RELEASE"; eval "printf %s \"\${$1:-}\""); }

# system: macos, debian, ubuntu or other.
system() {
    if [ "$KERNEL" = Darwin ]; then
        echo macos
        return
    fi
    case " $(os_field ID) $(os_field ID_LIKE) " in
        " ubuntu "* | *" ubuntu "*) echo ubuntu ;;
        " debian "* | *" debian "*) echo debian ;;
        *) echo other ;;
    esac
}

# as_root COMMAND...: as it is for root; through sudo where sudo asks nothing or a person is there to answer it.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

may_install() {
    [ "$(system)" = debian ] && command -v apt-get >/dev/null || return 1
    [ "$(id -u)" = 0 ] && return 0
    command -v sudo >/dev/null || return 1
    sudo -n true 2>/dev/null || { [ -t 0 ] && [ -t 2 ]; }
}

# The one command that a person types where we cannot; without sudo it is a command for root.
install_command() {
    local sudo=
    ! command -v sudo >/dev/null || sudo='sudo '
    printf '%sapt-get update && %sapt-get install -y %s' "$sudo" "$sudo" "$*"
}

# install_packages NAME...: from the system's own package sources, or one clear sentence.
install_packages() {
    may_install || fail_until "Debian packages are missing and only root may install them." "$(install_command "$*")"
    say "installing Debian packages: $*"
    local log
    log=$(mktemp)
    if ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"; } >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "apt-get could not install: $*. Its last lines are above."
    fi
    rm -f "$log"
}

# has_header COMPILER-ARGUMENT... NAME: the C compiler is there and finds the header.
has_header() {
    local name=${!#}
    printf '#include <%s>\n' "$name" | cc -E "${@:1:$#-1}" -x c - >/dev/null 2>&1
}
