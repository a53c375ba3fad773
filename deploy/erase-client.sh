#!/bin/sh
# Erases the lines that name a client from LOGS and REJECTS, for good: the server overwrites the messages before it lets go of them.
#
#   deploy/erase-client.sh 10.0.0.1           says what would go
#   deploy/erase-client.sh 10.0.0.1 --yes     erases it
#
# Lines share messages: what stands in the same message goes, too. WINDOWS and ALERTS keep what was decided. Needs the `nats` CLI and the
# operator's context (NATS_CONTEXT=.chaussettes/credentials/operator.json). See docs/operations.md, "Erasing one client".
set -eu

fail() {
  echo "$1" >&2
  exit "${2:-1}"
}

[ $# -eq 1 ] || { [ $# -eq 2 ] && [ "$2" = --yes ]; } || fail "Usage: $0 ADDRESS [--yes]" 2
case $1 in
*[!0-9A-Fa-f:.]* | "") fail "$1 is no address: write it as it stands in the log." 2 ;;
esac
command -v nats >/dev/null || fail "The nats CLI is not on PATH: see https://github.com/nats-io/natscli."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Of each message: how many of its lines name the address as a whole, and how many there are.
pattern="(^|[^0-9A-Fa-f:.])$(printf %s "$1" | sed 's/\./\\./g')(\$|[^0-9A-Fa-f:.])"
cat >"$work/count" <<COUNT
#!/bin/sh
awk -v pattern='$(printf %s "$pattern" | sed 's/\\/\\\\/g')' '
  { rows++; if (\$0 ~ pattern) named++ }
  END { print "lines-named", named + 0, "of", rows + 0 }'
COUNT
chmod +x "$work/count"

erased=0
for stream in LOGS REJECTS; do
  nats stream info "$stream" --json >"$work/info" || fail "The stream $stream cannot be asked: is this the operator's context?"
  # Nothing to read would be waited for.
  grep -q '"messages": 0,' "$work/info" && continue
  nats sub --stream "$stream" --all --terminate-at-end --translate "$work/count" >"$work/seen" 2>"$work/said" ||
    fail "$stream cannot be read: $(tail -n 1 "$work/said")"
  awk -v stream="$stream" '
    $1 == "[#" n + 1 "]" && $2 == "Received" && $6 == stream && $7 == "seq:" { n++; seq = $8 }
    $1 == "lines-named" && $2 > 0 { print seq, $2, $4 }
  ' "$work/seen" >"$work/found"
  while read -r seq named rows; do
    echo "$stream $seq: $named of $rows lines"
    if [ "${2:-}" = --yes ]; then
      nats stream rmm "$stream" "$seq" --force >"$work/said" 2>&1 </dev/null ||
        fail "$stream $seq was not erased: $(tail -n 1 "$work/said")"
    fi
    erased=$((erased + 1))
  done <"$work/found"
done

if [ "${2:-}" = --yes ]; then echo "$erased messages were erased." >&2; else echo "$erased messages would go; --yes erases them." >&2; fi
