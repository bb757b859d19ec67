#!/usr/bin/env bash
# base.sh BASE       makes the folder BASE a Debian that boots, with what a host has before the
#                    package comes: systemd and the servers. Does nothing if it is there.
# base.sh BASE DEB   installs what the package DEB depends on into it.
set -euo pipefail

base=$1

# Runs a command in the Debian below $1, with mounts that go with it.
within() {
  unshare --mount --pid --fork --kill-child --propagation private bash -c '
    mount -t proc proc "$0/proc"; mount --rbind /sys "$0/sys"; mount --rbind /dev "$0/dev"
    mount -t tmpfs tmpfs "$0/run"
    exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
      DEBIAN_FRONTEND=noninteractive ${http_proxy:+"http_proxy=$http_proxy"} "$@"' "$@"
}

forbid_autostart() {
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod 755 "$1/usr/sbin/policy-rc.d"
}

# The mirror, and what is to be known of it, are those of this machine.
set_up_apt() {
  printf 'deb %s bookworm main\n' "$2" >"$1/etc/apt/sources.list"
  apt-config dump Acquire | grep -iE '^Acquire::(Check-|Retries|http::)' \
    >"$1/etc/apt/apt.conf.d/80machine" || true
  printf 'APT::Get::Assume-Yes "true";\nDPkg::Use-Pty "false";\nAcquire::Languages "none";\n' \
    >"$1/etc/apt/apt.conf.d/90trial"
  # It is in memory, or made at each start.
  echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/trial"
}

make_base() {
  local made=$1 mirror
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    awk '$2 == "bookworm" { print $1; exit }')
  [[ $mirror ]] || { echo "base.sh: no source of bookworm in /etc/apt." >&2 && exit 1; }
  rm -rf "$made"
  unshare --mount --propagation private debootstrap --variant=minbase bookworm "$made" "$mirror"
  set_up_apt "$made" "$mirror"
  forbid_autostart "$made"
  within "$made" apt-get -q update
  within "$made" apt-get -q install --no-install-recommends systemd systemd-sysv dbus procps curl \
    python3 mariadb-server memcached nginx
  # They would look for a network.
  within "$made" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer
  within "$made" apt-get clean
  rm "$made/usr/sbin/policy-rc.d"
}

if [[ ${2-} ]]; then
  within "$base" apt-get -q satisfy --no-install-recommends "$(dpkg-deb -f "$2" Depends)"
elif [[ ! -e $base ]]; then
  make_base "$base.new"
  mv "$base.new" "$base"
fi
