#!/usr/bin/env bash
# Tests the Debian package on a Debian of its own, booted with systemd in a container that has no
# network: installation following the manual, a first sale, and under a load that counts every
# request reload, restart, upgrade and kill -9; then backup, restore, removal and purge
# (package/trial.py). Exit 0 if all holds, 77 if no container can be booted here.
#
# build/package_trial/base, the Debian before the package comes, is kept; delete it for a new one.
set -euo pipefail
export LC_ALL=C.UTF-8 PATH="$PATH:/usr/sbin:/sbin"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
parts=$root/tests/ops/package
work=$root/build/package_trial
name=concert-package-$$
nspawn=  # systemd-nspawn
init=    # the first process of what it booted
making=  # base.sh, while it runs
running= # the command that attend waits for

say() { printf 'package: %s\n' "$*"; }
fail() {
  printf 'package: %s\n' "$*" >&2
  exit 1
}

# Says what keeps this machine from booting a container; nothing if it can.
obstacle() {
  local tool
  ((EUID == 0)) || { echo "it takes root, and this is $(id -un)" && return; }
  for tool in debootstrap systemd-nspawn unshare nsenter pgrep; do
    command -v "$tool" >/dev/null || { echo "there is no $tool here" && return; }
  done
  unshare --mount --pid --ipc --uts --net --cgroup --fork true 2>/dev/null ||
    { echo "this machine gives no namespaces (unshare of mount, pid, ipc, uts, net, cgroup)" && return; }
  unshare --user true 2>/dev/null ||
    { echo "this machine gives no user namespace, which the units' PrivateUsers= wants (a chroot gives none)" && return; }
  (exec_in_cgroups 'mkdir "/sys/fs/cgroup/$1" && rmdir "/sys/fs/cgroup/$1"' 2>/dev/null) ||
    echo "this machine lets nobody mount cgroup2 and make a group in it"
}

# Becomes a command of bash, $1, that sees the second version of control groups; there $1 is a name
# for a group.
exec_in_cgroups() {
  exec unshare --mount --propagation private bash -c "
    [[ \$(stat -fc %T /sys/fs/cgroup) == cgroup2fs ]] || mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit
    $1" bash "$name" "${@:2}"
}

# Runs a command that a signal to this script ends at once.
attend() {
  local status=0
  "$@" &
  running=$!
  wait "$running" || status=$?
  running=
  return "$status"
}

on_exit() {
  local status=$?
  trap '' INT TERM HUP
  set +e
  [[ ! $running ]] || kill -TERM "$running" 2>/dev/null
  # shellcheck disable=SC2046 # one word for each child
  [[ ! $making ]] || kill -TERM $(pgrep -P "$making") "$making" 2>/dev/null
  if [[ $nspawn ]]; then
    # It asks the container to shut down; processes that do not end are killed with it.
    kill -TERM "$nspawn" 2>/dev/null
    timeout 30 tail --pid="$nspawn" -f /dev/null || kill -KILL "$nspawn" 2>/dev/null
    wait "$nspawn" 2>/dev/null
    (exec_in_cgroups 'find "/sys/fs/cgroup/$1" -depth -type d -exec rmdir {} \;' 2>/dev/null)
    rm -rf "/run/systemd/nspawn/propagate/$name"
  fi
  exit "$status"
}

enter() {
  nsenter -t "$init" -m -u -i -n -p -C -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PYTHONDONTWRITEBYTECODE=1 "$@"
}

# What the test needs, as the container sees it: /trial.
share() {
  rm -rf "$work/share"
  mkdir -p "$work/share"
  cp "$1" "$2" "$parts"/*.py "$root/README.md" "$root/docs/operating.md" "$work/share/"
  chmod -R a+rX "$work/share"
}

# Nothing is written to the base: what changes is in memory, and gone with the container.
boot() {
  local tries state
  exec_in_cgroups 'mkdir -p "/sys/fs/cgroup/$1" && echo $$ >"/sys/fs/cgroup/$1/cgroup.procs" &&
    exec systemd-nspawn --directory="$2" --bind-ro="$3:/trial" --machine="$1" --boot --register=no \
      --keep-unit --console=pipe --private-network --link-journal=no --volatile=overlay' \
    "$work/base" "$work/share" </dev/null >"$work/boot.log" 2>&1 &
  nspawn=$!
  for ((tries = 0; tries < 240; ++tries)); do
    init=$(pgrep -P "$nspawn" -x systemd || true)
    state=$([[ ! $init ]] || enter systemctl is-system-running 2>/dev/null || true)
    [[ $state != @(running|degraded) ]] || return 0
    kill -0 "$nspawn" 2>/dev/null || break
    sleep 0.5
  done
  cat "$work/boot.log" >&2
  fail "the container did not boot (${state:-no systemd}); what it said is above."
}

why=$(obstacle)
if [[ $why ]]; then
  say "SKIPPED, the package is not tested: $why."
  exit 77
fi
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir -p "$work"
"$parts/base.sh" "$work/base" >"$work/base.log" 2>&1 &
making=$!
attend "$root/dev" package
present=$(echo "$root"/build/package/concert-reservation_*.deb)
say "building the next version"
attend "$parts/newer.sh" "$work/newer" >"$work/newer.log" 2>&1 ||
  { cat "$work/newer.log" >&2 && fail "the next version could not be built."; }
newer=$(echo "$work"/newer/tree/build/package/concert-reservation_*.deb)
[[ -e $work/base ]] || say "waiting for the container's Debian"
wait "$making" || { cat "$work/base.log" >&2 && fail "the container's Debian could not be made."; }
making=
attend "$parts/base.sh" "$work/base" "$present" >>"$work/base.log" 2>&1 ||
  { cat "$work/base.log" >&2 && fail "what the package depends on could not be installed."; }
share "$present" "$newer"
boot
enter unshare --user true 2>/dev/null || {
  say "SKIPPED, the package is not tested: the container gives no user namespace, which the units' PrivateUsers= wants."
  exit 77
}
say "booted; the test begins"
attend enter python3 /trial/trial.py "$(basename "$present")" "$(basename "$newer")"
