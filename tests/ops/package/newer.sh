#!/usr/bin/env bash
# newer.sh WORK   builds the package that might come after this one, WORK/tree/build/package/*.deb: a
# higher version, one more migration, a changed example configuration and unit, one more nginx
# header.
#
# A copy of the tree is bind-mounted over the tree, in its own mount namespace, so that what is
# already built is reused.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
work=$1
tree=$work/tree

copy_tree() {
  rm -rf "$work"
  mkdir -p "$tree"/build/{release,package}
  tar -C "$root" --format=posix --exclude=./build --exclude=./.git -cf - . | tar -C "$tree" -xf -
  # With their times to the nanosecond: the build compares them. Without what tests beside this one write.
  tar -C "$root/build/release" --format=posix --exclude='*_test' --exclude='bench_*' --exclude=./Testing \
    --exclude=./api_exchanges.jsonl -cf - . |
    tar -C "$tree/build/release" -xf -
  # What debhelper left of the package before.
  rm -rf "$tree"/debian/{.debhelper,concert-reservation,files,debhelper-build-stamp} \
    "$tree"/debian/*.{substvars,debhelper,debhelper.log}
}

change_tree() {
  local old new last
  cd "$tree"
  old=$(dpkg-parsechangelog -S Version)
  new=${old%.*}.$((${old##*.} + 1))
  sed -i "s/^project(concert-reservation VERSION $old /project(concert-reservation VERSION $new /" \
    CMakeLists.txt
  {
    printf 'concert-reservation (%s) bookworm; urgency=medium\n\n  * Comes after %s.\n\n' "$new" "$old"
    printf ' -- %s  %s\n\n' "$(dpkg-parsechangelog -S Maintainer)" "$(dpkg-parsechangelog -S Date)"
    cat debian/changelog
  } >changelog.new
  mv changelog.new debian/changelog
  last=$(cd sql/migrations && ls | sort | tail -n 1)
  printf '%s\n' 'CREATE TABLE IF NOT EXISTS trial (trial_id INT NOT NULL PRIMARY KEY) ENGINE = InnoDB;' \
    'ALTER TABLE reservation ADD COLUMN trial_note VARCHAR(20) NULL;' \
    >"sql/migrations/$(printf %04d $((10#${last%%_*} + 1)))_trial.sql"
  sed -i '1i # Of the next version.' systemd/concert.conf.example
  echo 'add_header X-Trial "newer" always;' >>nginx/snippets/security-headers.conf
  sed -i 's/^Description=.*/& (the next version)/' systemd/concertd.service
}

copy_tree
change_tree
unshare --mount --propagation private bash -c '
  mount --bind "$0" "$1" && cd "$1" && exec env DEB_BUILD_OPTIONS=noautodbgsym debian/rules binary' \
  "$tree" "$root"
