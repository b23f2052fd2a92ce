# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Messages, locks and recorded processes.

say() { printf '%(%H:%M:%S)T %s\n' -1 "$*" >&2; }
die() { printf 'cluster: %s\n' "$*" >&2; exit 1; }

# lock NAME: waits for the lock of that name and holds it until unlock or the end of this process.
# The file is removed by unlock, so a waiter checks that it locked the file that is still there.
lock() {
    LOCK_PATH=/run/lock/selvedge-$1.lock
    mkdir -p /run/lock
    local told=
    while true; do
        exec {LOCK_FD}>>"$LOCK_PATH"
        if ! flock -n "$LOCK_FD"; then
            [[ $told ]] || say "waiting: another run holds $LOCK_PATH"
            told=yes
            flock "$LOCK_FD"
        fi
        [[ $(stat -Lc %i "/proc/$BASHPID/fd/$LOCK_FD") == "$(stat -c %i "$LOCK_PATH" 2>/dev/null)" ]] && return
        exec {LOCK_FD}>&-
    done
}

unlock() {
    rm -f "$LOCK_PATH"
    exec {LOCK_FD}>&-
}

# with_lock NAME COMMAND...: a second lock beside the one that the caller holds.
with_lock() (
    lock "$1"
    trap unlock EXIT
    shift
    "$@"
)

# start_time PID: state is field 3 of the file, threads 20, start 22; clock ticks since boot; with the pid it names one process for ever.
start_time() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    read -r -a stat <<<"${stat##*) }"
    # A zombie is gone once its last other thread is.
    [[ ${stat[0]} != Z || ${stat[17]} -gt 1 ]] || return 1
    echo "${stat[19]}"
}

# spawn PIDFILE LOG COMMAND...: a daemon that records itself before it becomes the command,
# so that a caller killed in between leaves no unknown process. It keeps nothing of the
# caller's: no terminal, no directory, no open file (which may be somebody's lock).
spawn() {
    local pidfile=$1 log=$2
    shift 2
    # shellcheck disable=SC2016
    setsid bash -c '
        source "$0"
        cd /
        for fd in /proc/$$/fd/*; do
            fd=${fd##*/}
            ((fd <= 2)) || exec {fd}>&-
        done
        echo "$$ $(start_time $$)" >"$1" && shift && exec "$@"' \
        "$LIB/common.sh" "$pidfile" "$@" </dev/null >>"$log" 2>&1 &
    disown
}

# recorded_pid PIDFILE: prints the pid if that very process still runs.
recorded_pid() {
    local pid started
    read -r pid started 2>/dev/null <"$1" || return 1
    [[ $(start_time "$pid") == "$started" ]] || return 1
    echo "$pid"
}

# kill_recorded PIDFILE...: kills those processes and waits until they are gone.
kill_recorded() {
    local file pid
    for file in "$@"; do
        if pid=$(recorded_pid "$file"); then kill -KILL "$pid" 2>/dev/null || true; fi
    done
    for file in "$@"; do
        await 20 "end of $(basename "$file" .pid)" not_running "$file"
    done
}

not_running() { ! recorded_pid "$1" >/dev/null; }

# await SECONDS WHAT COMMAND...: until the command succeeds.
await() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || { say "gave up waiting for $what"; return 1; }
        sleep 0.1
    done
}

# install_missing COMMAND=PACKAGE...: what is not there comes from apt.
install_missing() {
    local pair packages=()
    for pair in "$@"; do
        if [[ $pair == /* ]]; then
            compgen -G "${pair%%=*}" >/dev/null || packages+=("${pair#*=}")
        else
            command -v "${pair%%=*}" >/dev/null || packages+=("${pair#*=}")
        fi
    done
    ((${#packages[@]})) || return 0
    command -v apt-get >/dev/null || die "please install: ${packages[*]}"
    say "installing ${packages[*]}"
    with_lock apt apt_install "${packages[@]}"
}

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    local options=(-qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
    { apt-get "${options[@]}" update && apt-get "${options[@]}" install -y --no-install-recommends "$@"; } >&2 \
        || die "apt-get could not install: $*"
}
