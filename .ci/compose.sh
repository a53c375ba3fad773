#!/usr/bin/env bash
# Starts docker-compose.yml as it is shipped and looks at it from outside: first alert in time, who may do what, memory,
# nothing lost by a restart, everything kept through down and up. Without a Docker engine it says so and ends well.
set -euo pipefail
cd "$(dirname "$0")/.."

lab=${DOCKER_LAB:-../shared/lab/docker-lab}
say() { printf 'compose: %s\n' "$*"; }
fail() {
  say "FAILED: $*"
  docker compose logs --tail 15 2>&1 | sed 's/^/  /' || true
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

export COMPOSE_PROJECT_NAME=chaussettes-ci
nats_port=${CHAUSSETTES_NATS_PORT:-4222}
page=http://127.0.0.1:${CHAUSSETTES_PORT:-8080}
work=$(mktemp -d)
remove() {
  docker ps --all --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" | xargs -r docker rm --force >/dev/null 2>&1 || true
  docker compose down --volumes --timeout 20 >/dev/null 2>&1 || true
}
trap 'remove; rm -rf "$work"' EXIT
remove

viewer() { nats --server "nats://127.0.0.1:$nats_port" --timeout 2s "$@"; }
# The last sequence of ALERTS, 0 while there is nothing to ask or nothing in it.
alerts() { viewer stream info ALERTS --json 2>/dev/null | sed -n 's/.*"last_seq": *\([0-9]*\).*/\1/p' | head -1 | grep . || echo 0; }
# until SECONDS WORDS COMMAND...: polls, and fails with the words.
until_is() {
  local limit=$1 what=$2 begun=$SECONDS
  shift 2
  until "$@"; do
    [ $((SECONDS - begun)) -le "$limit" ] || fail "$what did not happen within $limit s"
    sleep 0.5
  done
  say "$what after $((SECONDS - begun)) s"
}
beyond() { [ "$(alerts)" -gt "$1" ]; }
kept() { [ "$(alerts)" -ge "$1" ]; }
answers() { curl -fsS -o /dev/null --max-time 2 "$1" 2>/dev/null; }

say "building"
export DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0}
make --no-print-directory build >"$work/build.log" 2>&1 || { tail -30 "$work/build.log"; fail "the image does not build"; }

begun=$SECONDS
docker compose up --detach --no-build >"$work/up.log" 2>&1 || { tail -20 "$work/up.log"; fail "up does not come up"; }
until_is $((30 - (SECONDS - begun))) "the first alert" beyond 0
until_is 20 "the page" answers "$page/"
healthy() { ! docker compose ps --format '{{.Health}}' | grep -qv '^healthy$'; }
until_is 60 "every part is healthy" healthy
healthy_but_viewers() { ! docker compose ps --format '{{.Service}} {{.Health}}' | grep -v '^nats-viewers ' | grep -qv ' healthy$'; }

[ "$(viewer kv get seuils global --raw)" = 0.1 ] || fail "the first global threshold is not 0.1"
viewer kv put seuils ip 0.9 >/dev/null 2>&1 && fail "nobody may set a threshold without credentials"
docker compose run --rm --no-TTY credentials credentials --dir /credentials/server --print operator \
  --url "nats://127.0.0.1:$nats_port" >"$work/operator.json" 2>/dev/null
nats --context "$work/operator.json" kv put seuils ip 0.35 >/dev/null || fail "the operator cannot set a threshold"
say "thresholds: all may look, the operator sets"

for id in $(docker compose ps --quiet); do
  docker inspect --format '{{.Name}} {{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} {{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}' "$id" |
    grep -Eq ' 1000:1000 true \[ALL\] \[no-new-privileges:true\] [1-9][0-9]+ [1-9][0-9]*$' || fail "not hardened: $(docker inspect --format '{{.Name}}' "$id")"
  docker port "$id" | grep -v ' -> 127\.0\.0\.1:' && fail "published beyond this machine"
done
# Every user of this machine reaches a container's own address, published or not: what it monitors is for the container itself.
for service in nats nats-viewers; do
  address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$(docker compose ps --quiet "$service")")
  answers "http://$address:8222/healthz" && fail "$service shows its connections to everybody on this machine"
done
say "every container is without root, capabilities and a writable root, and published for this machine alone"

# Whoever comes without credentials costs the viewers' server what it costs, and no part anything: none is silent, no decision is late.
watched() { node_modules/.bin/node test/security/watched.ts "$work/operator.json" timeout 40 node_modules/.bin/node "$@" >"$work/watched.log" 2>&1; }
attack_ms=12000
# attacked viewer|shipper NAME: a machine that is busy with something else may be late by itself, so each attack has a second try.
attacked() {
  local script=test/security/$1-attacks.ts
  watched "$script" "$2" "$nats_port" "$attack_ms" || {
    say "once more: $(grep -m 1 Error "$work/watched.log")"
    watched "$script" "$2" "$nats_port" "$attack_ms" || { tail -5 "$work/watched.log"; fail "a $1 $2"; }
  }
  say "a $1 $2: $(tail -1 "$work/watched.log")"
  until_is 20 "every part healthy after it" healthy_but_viewers
}
for attack in "pulls everything and reads nothing" "asks for batches and reads them" "asks for the streams' state without end" "holds 996 connections" \
  "has everything pushed into the other server's questions"; do
  attacked viewer "$attack"
done
# The same of a shipper that was let in for one source.
docker compose run --rm --no-TTY credentials credentials --dir /credentials/server --add evil --source evil >"$work/evil.json" 2>/dev/null
export EVIL_USER=evil EVIL_SOURCE=evil
EVIL_PASSWORD=$(sed -n 's/.*"password": *"\([^"]*\)".*/\1/p' "$work/evil.json")
export EVIL_PASSWORD
before=$(alerts)
docker compose restart nats >/dev/null 2>&1
until_is 60 "an alert behind the restart that lets a shipper in" beyond "$before"
until_is 60 "every part is healthy" healthy
for attack in "sends a hundred thousand identities to keep others' lines out" "asks for its own last line and reads nothing" \
  "asks for LOGS' state without end"; do
  attacked shipper "$attack"
done
docker compose run --rm --no-TTY credentials credentials --dir /credentials/server --remove evil >/dev/null 2>&1
restarts=$(docker compose ps --all --quiet nats detector thresholds dashboard generator | xargs docker inspect --format '{{.RestartCount}}' | sort -u)
[ "$restarts" = 0 ] || fail "an attack made a part start again"
until_is 60 "every part is healthy again" healthy

memory=$(docker stats --no-stream --format '{{.MemUsage}}' $(docker compose ps --quiet) | awk '
  { n = $1; if (n ~ /GiB/) f = 1024; else if (n ~ /MiB/) f = 1; else f = 1 / 1024; sub(/[A-Za-z]+$/, "", n); sum += n * f }
  END { printf "%d", sum }')
say "memory of all containers: $memory MiB"
[ "$memory" -lt 381 ] || fail "that is not below 400 MB"

notifies() { docker compose logs notify 2>/dev/null | grep -q '"Notifying"'; }
CHAUSSETTES_NOTIFY_WEBHOOK=http://dashboard:8080/ docker compose --profile notify up --detach --no-build notify >/dev/null 2>&1 || fail "notify does not start"
until_is 30 "notify at work" notifies
docker compose --profile notify rm --stop --force notify >/dev/null 2>&1

for service in nats generator detector thresholds dashboard; do
  before=$(alerts)
  docker compose restart "$service" >/dev/null 2>&1
  until_is 60 "an alert behind the restart of $service" beyond "$before"
done
until_is 60 "every part is healthy again" healthy

before=$(alerts)
docker compose down --timeout 30 >/dev/null 2>&1
docker compose up --detach --no-build >"$work/up.log" 2>&1 || { tail -20 "$work/up.log"; fail "up does not come up again"; }
until_is 30 "ALERTS kept through down and up" kept "$before"
[ "$(viewer kv get seuils ip --raw)" = 0.35 ] || fail "the threshold of before is gone"
until_is 60 "an alert behind down and up" beyond "$before"

node dist/chaussettes.mjs verify --context "$work/operator.json" || fail "verify found something lost, extra or different"

# Each target does its thing: what follows a log is stopped after some seconds, what ends must end well.
made() { make --no-print-directory "$1" >"$work/make.log" 2>&1 || { tail -15 "$work/make.log"; fail "make $1"; }; }
shows() { grep -Eq "$2" "$work/make.log" || { tail -15 "$work/make.log"; fail "make $1 does not show $2"; }; }
# follows TARGET PATTERN SECONDS: until it shows that, and then it is ended.
follows() {
  local begun=$SECONDS pid
  : >"$work/make.log"
  setsid make --no-print-directory "$1" >"$work/make.log" 2>&1 &
  pid=$!
  while ! grep -Eq "$2" "$work/make.log" && [ $((SECONDS - begun)) -lt "$3" ]; do sleep 0.3; done
  # Not INT: a shell lets its background programs ignore that.
  kill -TERM -- "-$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  docker ps --all --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" --filter label=com.docker.compose.oneoff=True |
    xargs -r docker rm --force >/dev/null 2>&1 || true
  shows "$1" "$2"
}
made help && shows help 'consume-alerts'
made status && shows status 'Threshold'
made streams && shows streams 'LOGS'
# There is too little history yet, which it says.
follows batch-thresholds 'history' 60
follows logs 'nats-1' 10
follows logs-generator 'generator' 10
follows logs-streaming 'Detecting' 10
follows logs-nats 'Server is ready' 10
follows consume-logs 'HTTP/1\.1" [1-5][0-9][0-9] ' 20
follows consume-alerts 'chaussettes\.alert\.v1' 90
for target in restart stop up down clean-volumes; do made "$target"; done
[ -z "$(docker volume ls --quiet --filter "name=^${COMPOSE_PROJECT_NAME}_")" ] || fail "make clean-volumes leaves volumes"
say "every make target does its thing"

# For other machines: TLS, a certificate of each side, and nobody without credentials.
deploy/tls/make-certificates.sh "$work/tls" localhost >/dev/null
# The server's key is its own and nobody else's to read.
chmod 711 "$work"
[ "$(id -u)" != 0 ] || chown -R 1000:1000 "$work/tls"
export CHAUSSETTES_TLS_DIR=$work/tls CHAUSSETTES_TLS_VERIFY=true
secured() { docker compose -f docker-compose.yml -f deploy/tls/compose.yml "$@"; }
secured up --detach --no-build >"$work/up.log" 2>&1 || { tail -20 "$work/up.log"; fail "up with TLS does not come up"; }
secured run --rm --no-TTY credentials credentials --dir /credentials/server --print operator \
  --url "tls://localhost:$nats_port" >"$work/operator.json" 2>/dev/null
asked() { nats --timeout 2s "$@" stream info ALERTS --json 2>&1; }
certified=(--tlsca "$work/tls/ca.pem" --tlscert "$work/tls/client.pem" --tlskey "$work/tls/client.key")
secured_alert() { asked --context "$work/operator.json" "${certified[@]}" | grep -Eq '"last_seq": *[1-9]'; }
until_is 60 "the first alert over TLS" secured_alert
asked --context "$work/operator.json" --tlsca "$work/tls/ca.pem" | grep -q '"config"' && fail "the server lets in who has no certificate"
asked --server "tls://localhost:$nats_port" "${certified[@]}" | grep -q '"config"' && fail "the server lets in who has no credentials"
asked --server "nats://127.0.0.1:$nats_port" | grep -q '"config"' && fail "the server lets in who speaks no TLS"
secured down --volumes --timeout 20 >/dev/null 2>&1
say "over TLS: who has a certificate and credentials, and nobody else"
say "passed"
