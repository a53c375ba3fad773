#!/bin/sh
# Backs up all streams and buckets of Chaussettes while it runs, and restores them into a server that has none.
#
#   deploy/backup.sh backup  FOLDER     into a folder that is not there yet
#   deploy/backup.sh restore FOLDER     afterwards: chaussettes init, start the parts, chaussettes verify
#
# It needs the `nats` CLI (0.4 or later) and the operator's context: NATS_CONTEXT=.chaussettes/credentials/operator.json, or NATS_URL and
# so on, as the CLI has them. See docs/operations.md.
set -eu

# What is derived comes before what it is derived from. So whatever is written meanwhile, LOGS holds every line that a record speaks of,
# WINDOWS every record that has alerts, and the checkpoint is older than both: the detector goes on from there as after a crash.
streams="KV_notify KV_detector ACTS INCIDENTS ALERTS WINDOWS REJECTS LOGS KV_seuils KV_rules KV_incidents"

fail() {
  echo "$1" >&2
  exit "${2:-1}"
}

[ $# -eq 2 ] || fail "Usage: $0 backup|restore FOLDER" 2
command -v nats >/dev/null || fail "The nats CLI is not on PATH: see https://github.com/nats-io/natscli."
folder=$2

has() {
  nats stream ls --names --all 2>/dev/null | grep -qx "$1"
}

# Newer CLIs call it so; older ones `nats stream backup` and `nats stream restore`.
if nats backup stream --help >/dev/null 2>&1; then
  backup="nats backup stream" restore="nats backup restore stream"
else
  backup="nats stream backup" restore="nats stream restore"
fi

case $1 in
backup)
  [ ! -e "$folder" ] || fail "$folder is there already: name a new folder, so that no backup is half of another one."
  for stream in LOGS WINDOWS ALERTS; do
    has "$stream" || fail "There is no stream $stream: is this the right server, and the operator's context?"
  done
  # Raw lines are personal data.
  umask 077
  part=$folder.part
  rm -rf "$part"
  mkdir -p "$part"
  for stream in $streams; do
    has "$stream" || continue
    echo "$stream" >&2
    $backup "$stream" "$part/$stream" --no-progress --no-consumers >"$part/log" 2>&1 ||
      fail "Backing up $stream failed: $(tail -n 1 "$part/log")"
  done
  # A restored stream gets another time of creation, but records name the LOGS that they were made from by it.
  nats stream info LOGS --json >"$part/log" || fail "LOGS cannot be asked when it was created."
  created=$(sed -n 's/.*"chaussettes.created": *"\([^"]*\)".*/\1/p' "$part/log" | head -n 1)
  [ -n "$created" ] || created=$(sed -n 's/^  "created": *"\([^"]*\)".*/\1/p' "$part/log")
  [ -n "$created" ] || fail "LOGS does not say when it was created."
  echo "$created" >"$part/logs-created"
  rm "$part/log"
  mv "$part" "$folder"
  ;;
restore)
  [ -f "$folder/logs-created" ] || fail "$folder is no whole backup: it has no file logs-created."
  for stream in $streams; do
    ! has "$stream" || fail "There is a stream $stream already. Restore into a server that has none: all of them belong together."
  done
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  for stream in $streams; do
    [ -d "$folder/$stream" ] || continue
    echo "$stream" >&2
    $restore "$folder/$stream" --no-progress >"$log" 2>&1 || fail "Restoring $stream failed: $(tail -n 1 "$log")"
  done
  # All of it, since an edit leaves nothing of what stood there.
  nats stream edit LOGS --metadata "chaussettes.stream=LOGS" --metadata "chaussettes.created=$(cat "$folder/logs-created")" --force >"$log" 2>&1 ||
    fail "LOGS is restored, but not known as the one that it was: $(tail -n 1 "$log")"
  ;;
*) fail "Usage: $0 backup|restore FOLDER" 2 ;;
esac
