#!/usr/bin/env bash
# Starts deploy/cluster/compose.yml as it is shipped and looks at it from outside: copies of everything, a server and a leading part that are
# killed, alerts that go on, nothing lost. Three servers and ten parts take a machine of their own for five minutes: not a step of .ci/run.
set -euo pipefail
cd "$(dirname "$0")/.."

lab=${DOCKER_LAB:-../shared/lab/docker-lab}
say() { printf 'cluster: %s\n' "$*"; }
fail() {
  say "FAILED: $*"
  compose logs --tail 15 2>&1 | sed 's/^/  /' || true
  exit 1
}

if ! docker compose version >/dev/null 2>&1 || ! docker info >/dev/null 2>&1; then
  if [ -x "$lab" ]; then
    "$lab" start
    export DOCKER_HOST=unix://${TMPDIR:-/tmp}/docker-lab/docker.sock
    "$lab" images-for .
  else
    say "skipped: there is no Docker engine here"
    exit 0
  fi
fi

export COMPOSE_PROJECT_NAME=chaussettes-cluster-ci
work=$(mktemp -d)
export CHAUSSETTES_TLS_DIR=$work/tls
compose() { docker compose -f deploy/cluster/compose.yml --profile notify "$@"; }
remove() {
  compose down --volumes --timeout 20 >/dev/null 2>&1 || true
}
trap 'remove; rm -rf "$work"' EXIT
deploy/tls/make-certificates.sh "$CHAUSSETTES_TLS_DIR" nats-1 nats-2 nats-3 >/dev/null
chmod 711 "$work"
[ "$(id -u)" != 0 ] || chown -R 1000:1000 "$CHAUSSETTES_TLS_DIR"
remove

servers=nats://127.0.0.1:${CHAUSSETTES_NATS_PORT:-4222},nats://127.0.0.1:${CHAUSSETTES_NATS_PORT_2:-4223},nats://127.0.0.1:${CHAUSSETTES_NATS_PORT_3:-4224}
viewer() { nats --server "$servers" --timeout 2s "$@"; }
chaussettes() { node dist/chaussettes.mjs "$@" --context "$work/operator.json"; }
alerts() { viewer stream info ALERTS --json 2>/dev/null | sed -n 's/.*"last_seq": *\([0-9]*\).*/\1/p' | head -1 | grep . || echo 0; }
beyond() { [ "$(alerts)" -gt "$1" ]; }
until_is() {
  local limit=$1 what=$2 begun=$SECONDS
  shift 2
  until "$@"; do
    [ $((SECONDS - begun)) -le "$limit" ] || fail "$what did not happen within $limit s"
    sleep 0.5
  done
  say "$what after $((SECONDS - begun)) s"
}

say "building"
export DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0}
compose build credentials >"$work/build.log" 2>&1 || { tail -30 "$work/build.log"; fail "the image does not build"; }
# A server's monitoring takes what it is sent.
export CHAUSSETTES_NOTIFY_WEBHOOK=http://nats:8222/
compose up --detach --no-build >"$work/up.log" 2>&1 || { tail -20 "$work/up.log"; fail "up does not come up"; }
until_is 60 "the first alert, seen without credentials" beyond 0
healthy() { ! compose ps --format '{{.Health}}' | grep -qv '^healthy$'; }
until_is 90 "every part is healthy" healthy
compose run --rm --no-TTY credentials credentials --dir /credentials/server --print operator --url "$servers" >"$work/operator.json" 2>/dev/null

status() { chaussettes status >"$work/status" 2>&1; }
streams=$(nats --context "$work/operator.json" stream ls --names --all | wc -l)
complete() { status && [ "$(grep -c '3 of 3 copies complete$' "$work/status")" = "$streams" ]; }
until_is 30 "$streams streams and buckets with three complete copies" complete
for pair in detector notify; do
  waits() { compose logs "$pair-1" "$pair-2" 2>/dev/null | grep -c 'Standing by' | grep -q '^1$'; }
  until_is 30 "one of two ${pair}s stands by" waits
done

# Between servers nobody gets in without a certificate of their authority.
stranger() { compose exec -T nats-1 sh -c "echo | timeout 3 wget -q -O - --no-check-certificate https://nats-2:6222/ 2>&1" | grep -q '"cluster"'; }
stranger && fail "the routes speak to a stranger"

led=$(sed -n 's/^ *LOGS *\(nats-[1-3]\) leads.*/\1/p' "$work/status")
before=$(alerts)
compose kill "$led" >/dev/null 2>&1
until_is 40 "an alert behind kill -9 of $led, which led LOGS" beyond "$before"
silent() { status && grep -q "$led has been silent for" "$work/status"; }
until_is 30 "status tells that $led is silent" silent
compose start "$led" >/dev/null 2>&1
until_is 60 "all copies complete again" complete

leader=$(chaussettes status --json | sed -n 's/.*"holder":"\([^/"]*\)\/.*/\1/p' | head -1)
for service in detector-1 detector-2; do
  case $(compose ps --quiet "$service") in "$leader"*) break ;; esac
done
before=$(alerts)
compose kill "$service" >/dev/null 2>&1
until_is 40 "an alert behind kill -9 of $service, which led" beyond "$before"
compose start "$service" >/dev/null 2>&1

for service in nats-1 nats-2 nats-3; do
  before=$(alerts)
  compose restart "$service" >/dev/null 2>&1
  until_is 60 "an alert behind the restart of $service" beyond "$before"
  until_is 60 "all copies complete again" complete
done
chaussettes verify || fail "verify found something lost, extra or different"
restarts=$(compose ps --all --quiet detector-1 detector-2 thresholds dashboard-1 dashboard-2 notify-1 notify-2 generator | xargs docker inspect --format '{{.RestartCount}}' | sort -u)
[ "$restarts" = 0 ] || fail "a part ended by itself"
say "passed"
