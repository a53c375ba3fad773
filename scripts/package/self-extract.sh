#!/bin/sh
# Chaussettes @version@ for Linux, with its Node and its nats-server. The first run unpacks it; --unpack FOLDER unpacks it there.
set -eu
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}
unpack() { # FOLDER: all of it, or nothing.
  mkdir -p "$(dirname -- "$1")" 2>/dev/null || fail "Cannot unpack Chaussettes: $(dirname -- "$1") cannot be written. Set XDG_CACHE_HOME to a folder that can."
  aside=$(mktemp -d "$1.XXXXXX" 2>/dev/null) || fail "Cannot unpack Chaussettes: $(dirname -- "$1") cannot be written. Set XDG_CACHE_HOME to a folder that can."
  trap 'rm -rf "$aside"' EXIT
  tail -n +@lines@ -- "$0" | gzip -dc | tar -xf - -C "$aside" || fail "Cannot unpack Chaussettes into $(dirname -- "$1"): make room there, or fetch this file again."
  "$aside/node" --version >/dev/null 2>&1 || fail "The Node that Chaussettes brings does not run here: it needs Linux on this processor, with glibc 2.28 or later. On Alpine and other systems with musl, install nodejs, npm and nats-server, and then Chaussettes with npm."
  chmod 755 "$aside"
  # Another one that started at the same time may have been first, and is as good.
  mv "$aside" "$1" 2>/dev/null || [ -x "$1/chaussettes" ] || fail "Cannot unpack Chaussettes into $1."
  trap - EXIT
}

if [ "${1:-}" = --unpack ]; then
  [ $# = 2 ] || fail "Give one folder: $0 --unpack /opt/chaussettes"
  [ ! -e "$2" ] || fail "Cannot unpack Chaussettes into $2: something of that name already exists."
  unpack "$2"
  printf '%s\n' "$2/chaussettes"
  exit
fi
cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
[ -n "$cache" ] || fail "This user has no home folder. Set XDG_CACHE_HOME to a folder where Chaussettes can be unpacked."
to=$cache/chaussettes/program-@version@-@digest@
if [ ! -x "$to/chaussettes" ]; then
  # What is run from there must not be written by others; the command itself gets the mask that it was called with.
  mask=$(umask)
  umask 022
  unpack "$to"
  umask "$mask"
fi
exec "$to/chaussettes" "$@"
