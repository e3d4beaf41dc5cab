#!/usr/bin/env bash
# Finds a SWI-Prolog that the project can use, or gets one, and prints the path of its executable.
#
# In this order: the one on PATH, the one built here before, Debian's package where it is new enough, a build of
# Debian's own source package into .swipl/. janus-swi needs SWI-Prolog 9.1.12; Debian 12 has 9.0.4.
# ALSO_MISSING names packages that the caller needs besides; they are installed, or asked for, in the same breath.
# Why it is done this way: docs/decisions/0002-set-up.md.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

readonly PREFIX=$ROOT/.swipl BUILD=$ROOT/.swipl-build
readonly NEEDED=9.1.12 NEEDED_NUMBER=90112
readonly SOURCE_SUITE=trixie SOURCE_VERSION=9.2.9
# clpqr and chr are what programs use, plunit and sgml what clib and they need. Nothing else is built.
readonly PACKAGES='clib;clpqr;chr;plunit;sgml'
ALSO_MISSING=${ALSO_MISSING:-}
readonly DEBIAN_PACKAGES=(swi-prolog-core swi-prolog-core-packages)

# why_not EXECUTABLE: prints why it cannot be used; prints nothing when it can.
why_not() {
    local variables version base
    # An inherited home or user set-up belongs to some other SWI-Prolog.
    local clean=(env -u SWI_HOME_DIR -u SWIPL HOME=/nonexistent XDG_CONFIG_HOME=/nonexistent)
    variables=$("${clean[@]}" "$1" --dump-runtime-variables 2>/dev/null) || { echo "does not start"; return; }
    version=$(sed -n 's/^PLVERSION="\([0-9]*\)";$/\1/p' <<<"$variables")
    base=$(sed -n 's/^PLBASE="\(.*\)";$/\1/p' <<<"$variables")
    if [ "${version:-0}" -lt "$NEEDED_NUMBER" ]; then
        echo "is version $((version / 10000)).$((version / 100 % 100)).$((version % 100)), older than $NEEDED"
    elif [ ! -r "$base/include/SWI-Prolog.h" ]; then
        echo "has no header SWI-Prolog.h"
    elif ! "${clean[@]}" "$1" -f none --on-error=halt -g "
            X is 2 rdiv 6, X =:= 1 rdiv 3, Y is 2**200, Y > 0,
            forall(member(L, [clpq, clpr, clpfd, chr, plunit, 'dcg/basics', yall, aggregate, assoc, strings,
                              sandbox, prolog_wrap, time, simplex]),
                   absolute_file_name(library(L), _, [file_type(prolog), access(read)])),
            use_module(library(clpq)), use_module(library(chr)), use_module(library(time))" \
            -t halt </dev/null >/dev/null 2>&1; then
        echo "lacks exact arithmetic (GMP) or one of the libraries clpqr, chr, clib, plunit"
    fi
}

# candidate: the version of Debian's package that apt would install, empty without one.
candidate() { apt-cache policy swi-prolog-core 2>/dev/null | sed -n 's/^  Candidate: \([0-9][0-9.]*\).*/\1/p'; }

new_enough() { [ -n "$1" ] && [ "$(printf '%s\n' "$NEEDED" "$1" | sort -V | head -n 1)" = "$NEEDED" ]; }

missing_tools() {
    command -v cmake >/dev/null || echo cmake
    command -v ninja >/dev/null || echo ninja-build
    # The build's CMake project asks for a C++ compiler too.
    command -v c++ >/dev/null && has_header stdio.h || echo g++
    has_header gmp.h || echo libgmp-dev
    has_header zlib.h || echo zlib1g-dev
}

# mirror: the Debian archive that apt already uses here, whichever way its sources are written. apt itself is asked what it
# would fetch: that needs no root and no index read before.
mirror() {
    apt-get update --print-uris 2>/dev/null | sed -n "s|^'\(.*\)/dists/\([^/]*\)/InRelease'.*|\1 \2|p" |
        awk -v codename="$(os_field VERSION_CODENAME)" '
            $2 == codename { print $1; found = 1; exit }
            first == "" && $1 ~ /\/debian\/?$/ { first = $1 }
            END { if (!found && first != "") print first }'
}

# run_logged LOG WHAT COMMAND...: its output goes to a log; its end is shown if it fails.
run_logged() {
    local log=$BUILD/$1 what=$2
    shift 2
    "$@" >"$log" 2>&1 </dev/null && return
    tail -n 20 "$log" >&2
    fail "SWI-Prolog: $what failed. The last lines are above, the whole log is $log"
}

# fetch_source: Debian's tarball into $BUILD, checked by apt against the signed index.
# A source list and list folder of our own leave the system's as they are and need no root. Only the tarball is
# asked for: Debian's patches are for its own packaging, and older dpkg tools may refuse a newer .dsc.
fetch_source() {
    local uri
    uri=$(mirror)
    [ -n "$uri" ] || fail "SWI-Prolog: apt's sources name no Debian archive to fetch its source from. Add one, or have SWI-Prolog $NEEDED or newer on PATH."
    mkdir -p "$BUILD/lists/partial" "$BUILD/archives/partial"
    local keys=/usr/share/keyrings/debian-archive-keyring.gpg signed=
    [ ! -r "$keys" ] || signed="[signed-by=$keys] "
    printf 'deb-src %s%s %s main\n' "$signed" "$uri" "$SOURCE_SUITE" >"$BUILD/sources.list"
    local apt=(apt-get -q -o Dir::Etc::sourcelist="$BUILD/sources.list" -o Dir::Etc::sourceparts=-
        -o Dir::State::lists="$BUILD/lists" -o Dir::Cache::archives="$BUILD/archives"
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Acquire::Languages=none -o Acquire::Retries=3
        -o APT::Update::Error-Mode=any -o APT::Update::Post-Invoke::= -o APT::Sandbox::User="$(id -un)")
    say "SWI-Prolog: fetching the source of $SOURCE_VERSION from the Debian archive in use here (12 MB and its 10 MB index)"
    run_logged update.log "reading the source index of Debian's $SOURCE_SUITE at $uri" "${apt[@]}" update
    (cd "$BUILD" && run_logged fetch.log "fetching the source package" \
        "${apt[@]}" source --tar-only --download-only "swi-prolog")
    mkdir "$BUILD/source"
    tar -xzf "$BUILD"/swi-prolog_*.orig.tar.gz -C "$BUILD/source" --strip-components=1
}

# compile: ninja, with a line every ten seconds instead of hundreds.
compile() {
    local line next=$((SECONDS + 10))
    NINJA_STATUS='[%p] ' ninja -C "$BUILD/build" 2>&1 </dev/null | tee "$BUILD/compile.log" | while IFS= read -r line; do
        [[ $line =~ ^\[\ *([0-9]+)%\] ]] && [ "$SECONDS" -ge "$next" ] || continue
        say "SWI-Prolog: ${BASH_REMATCH[1]} % of the build steps done after $SECONDS s"
        next=$((SECONDS + 10))
    done || { tail -n 20 "$BUILD/compile.log" >&2; fail "SWI-Prolog: the build failed. The last lines are above, the whole log is $BUILD/compile.log"; }
}

build() {
    SECONDS=0
    local missing
    # shellcheck disable=SC2046,SC2086 # package names, one word each
    missing=$(printf '%s\n' $(missing_tools) $ALSO_MISSING | sort -u | tr '\n' ' ')
    # shellcheck disable=SC2086 # package names, one word each
    [ -z "${missing// /}" ] || install_packages $missing
    rm -rf "$BUILD"
    mkdir -p "$BUILD"
    fetch_source
    say "SWI-Prolog: configuring"
    # No tcmalloc: one allocator less in a process that forks and lives under an address space limit.
    run_logged configure.log "cmake" cmake -S "$BUILD/source" -B "$BUILD/build" -G Ninja \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$PREFIX" "-DSWIPL_PACKAGE_LIST=$PACKAGES" \
        -DUSE_GMP=ON -DUSE_TCMALLOC=OFF -DINSTALL_DOCUMENTATION=OFF \
        -DBUILD_TESTING=OFF -DINSTALL_TESTS=OFF -DBUILD_SWIPL_LD=OFF
    say "SWI-Prolog: compiling; about a minute on two free cores"
    compile
    # Installed beside and moved in one step: an interrupted set-up leaves no half of it behind.
    run_logged install.log "installing" env DESTDIR="$BUILD/stage" ninja -C "$BUILD/build" install
    rm -rf "$PREFIX"
    mv "$BUILD/stage$PREFIX" "$PREFIX"
    rm -rf "$BUILD/source" "$BUILD/build" "$BUILD/stage" "$BUILD/lists" "$BUILD/archives" "$BUILD"/*.tar.gz
    local problem
    problem=$(why_not "$PREFIX/bin/swipl")
    [ -z "$problem" ] || fail "SWI-Prolog: the one built in $PREFIX $problem. Logs are in $BUILD"
    say "SWI-Prolog: $SOURCE_VERSION built into .swipl/ in $SECONDS s"
}

main() {
    local found problem='is not there' version
    if found=$(command -v swipl); then
        problem=$(why_not "$found")
        if [ -z "$problem" ]; then
            echo "$found"
            return
        fi
        say "SWI-Prolog: $found $problem"
    fi
    if [ -x "$PREFIX/bin/swipl" ] && [ -z "$(why_not "$PREFIX/bin/swipl")" ]; then
        echo "$PREFIX/bin/swipl"
        return
    fi
    local need="SWI-Prolog $NEEDED or newer is needed and there is none on PATH."
    case $(system) in
        macos) fail_until "$need" "brew install swi-prolog" ;;
        ubuntu)
            if new_enough "$(candidate)"; then
                fail_until "$need" "$(install_command "${DEBIAN_PACKAGES[*]} $ALSO_MISSING")"
            fi
            fail_until "$need" "sudo apt-get install -y software-properties-common && sudo add-apt-repository -y ppa:swi-prolog/stable && sudo apt-get install -y swi-prolog $ALSO_MISSING"
            ;;
        other) fail "$need Install it from your system's packages or from swi-prolog.org, then run the same command again." ;;
    esac
    # Debian 13 and later: the package. A fresh machine may never have read its index, so the release counts too.
    version=$(candidate)
    if new_enough "$version" || { [ -z "$version" ] && [[ $(os_field VERSION_ID) != 12* ]]; }; then
        if may_install; then
            # shellcheck disable=SC2086 # package names, one word each
            install_packages "${DEBIAN_PACKAGES[@]}" $ALSO_MISSING
            problem=$(why_not /usr/bin/swipl)
            if [ -z "$problem" ]; then
                echo /usr/bin/swipl
                return
            fi
            say "SWI-Prolog: Debian's /usr/bin/swipl $problem"
        elif [ -n "$(missing_tools)" ]; then
            fail_until "$need" "$(install_command "${DEBIAN_PACKAGES[*]} $ALSO_MISSING")"
        fi
    fi
    build
    echo "$PREFIX/bin/swipl"
}

main
