#!/usr/bin/env bash
# `apt install ./chaussettes.deb` on a Debian with systemd and nginx, in a container: from a request to nginx to an alert, over a restart of
# the machine, and away again. Without a Docker engine it says so and ends well.
set -euo pipefail
cd "$(dirname "$0")/.."

lab=${DOCKER_LAB:-../shared/lab/docker-lab}
name=chaussettes-ci-deb
say() { printf 'deb: %s\n' "$*"; }
inside() { docker exec "$name" "$@"; }
fail() {
  say "FAILED: $*"
  inside sh -c "systemctl list-units --all --no-legend --plain 'chaussettes*'; journalctl --quiet --no-pager --unit 'chaussettes*' | tail -40" 2>&1 | sed 's/^/  /' || true
  exit 1
}
until_is() { # SECONDS WORDS COMMAND...: polls, and fails with the words.
  local limit=$1 what=$2 begun=$SECONDS
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $((SECONDS - begun)) -le "$limit" ] || fail "$what did not happen within $limit s"
    sleep 0.5
  done
  say "$what after $((SECONDS - begun)) s"
}

if ! docker info >/dev/null 2>&1; then
  if [ -x "$lab" ]; then
    "$lab" start
    export DOCKER_HOST=unix://${TMPDIR:-/tmp}/docker-lab/docker.sock
    "$lab" images debian:bookworm-slim
  else
    say "skipped: there is no Docker engine here"
    exit 0
  fi
fi
docker image inspect debian:bookworm-slim >/dev/null 2>&1 || [ ! -x "$lab" ] || "$lab" images debian:bookworm-slim

say "building the package"
npm run --silent package -- --quick deb x64
mkdir -p packages/.work/image
cat >packages/.work/image/Dockerfile <<'DOCKERFILE'
FROM debian:bookworm-slim
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  systemd systemd-sysv dbus nginx curl libatomic1 && systemctl mask systemd-logind getty.target
STOPSIGNAL SIGRTMIN+3
# systemd shows a service its credentials by a mount, which has to reach it.
CMD ["sh", "-c", "mount --make-rshared / && exec /sbin/init"]
DOCKERFILE
DOCKER_BUILDKIT=0 docker build --quiet --network host --tag chaussettes-ci-systemd packages/.work/image >/dev/null

remove() { docker rm --force "$name" >/dev/null 2>&1 || true; }
trap remove EXIT
remove
docker run --detach --name "$name" --network none --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
  --cgroupns host --volume /sys/fs/cgroup:/sys/fs/cgroup:rw --tmpfs /run --tmpfs /run/lock \
  --volume "$PWD/packages:/packages:ro" chaussettes-ci-systemd >/dev/null
# nothing WORDS SCRIPT: what the script prints must be nothing.
nothing() {
  local found
  found=$(inside sh -c "$2" 2>/dev/null || true)
  [ -z "$found" ] || fail "$1: $found"
}
booted() { [[ $(inside systemctl is-system-running) =~ running|degraded ]]; }
until_is 60 "systemd is up" booted

begun=$SECONDS
inside sh -c 'DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends /packages/chaussettes_*_amd64.deb' >packages/.work/apt.log 2>&1 ||
  { tail -20 packages/.work/apt.log; fail "apt does not install it"; }
say "installed in $((SECONDS - begun)) s"
inside chaussettes install --logs '/var/log/nginx/*.log' --source web || fail "it does not follow nginx"

running() {
  for part in server viewers detector thresholds dashboard ship@web; do inside systemctl is-active --quiet "chaussettes-$part" || return 1; done
  inside curl -fsS http://127.0.0.1:9471/readyz && inside curl -fsS http://127.0.0.1:9472/metrics && inside curl -fsS http://127.0.0.1:9475/metrics &&
    inside curl -fsS http://127.0.0.1:8080/
}
until_is 60 "every part runs" running
[ "$(inside systemctl is-active chaussettes-notify || true)" = inactive ] || fail "notify runs with nobody to tell"

requests() { inside sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do curl -s -o /dev/null http://127.0.0.1/missing-$i; done'; }
operator() { inside chaussettes "$@" --context /etc/chaussettes/credentials/operator.json; }
alerts() { operator alerts --since 2h --json 2>/dev/null | grep -c chaussettes.alert || true; }
# When the window of the newest alert began.
newest() { operator alerts --last 1 --json 2>/dev/null | sed -n 's/.*"window":{"start":"\([^"]*\)".*/\1/p' | tail -1; }
later() { requests && [[ $(newest) > $1 ]]; }
until_is 90 "an alert on nginx' requests" later 2000

inside systemd-analyze verify chaussettes.target || fail "systemd-analyze verify complains"
for part in server viewers init detector thresholds dashboard notify ship@web; do
  exposed=$(inside systemd-analyze security --no-pager "chaussettes-$part.service" | sed -n 's/.*: \([0-9.]*\) .*/\1/p' | tail -1)
  say "exposure of $part: $exposed of 10"
  awk "BEGIN { exit !($exposed <= 2.5) }" || fail "$part is exposed"
done
# A password must be known to its own service alone.
nothing "others can read it" 'find /etc/chaussettes ! -type d -perm /077'

# The journal: what a unit wrote before `ship --journald` runs, and while it is killed; each line in LOGS once, by its number.
journal_lines() { # FROM TO
  local line='10.0.0.1 - - [%s] "GET /journal/%s HTTP/1.1" 200 12\n'
  inside systemd-run --quiet --wait --unit "ci-lines-$1" \
    sh -c "for i in \$(seq $1 $2); do printf '$line' \"\$(date '+%d/%b/%Y:%H:%M:%S %z')\" \$i; done"
}
docker cp --quiet "$(command -v nats)" "$name:/usr/local/bin/nats"
journal_numbers() { inside timeout 3 nats --context /etc/chaussettes/credentials/operator.json sub --stream LOGS --all --raw logs.journal 2>/dev/null | grep -o '/journal/[0-9][0-9]*' || true; }
journal_is() { local numbers; numbers=$(journal_numbers) && [ "$(sort -u <<<"$numbers" | wc -l)" = "$1" ] && [ "$(wc -l <<<"$numbers")" = "$1" ]; }
inside sh -c 'cd /etc/chaussettes && cp -p ship-web.json ship-journal.json && echo "SHIP_FLAGS=\"--journald --unit ci-lines-1 --unit ci-lines-301\"" >ship-journal.env'
journal_lines 1 300
inside systemctl start chaussettes-ship@journal
until_is 30 "every line of the journal is in LOGS" journal_is 300
inside systemctl kill --signal KILL chaussettes-ship@journal
journal_lines 301 600
until_is 30 "every line of the journal is in LOGS once, over kill -9" journal_is 600

inside systemctl kill --signal KILL chaussettes-server chaussettes-ship@web chaussettes-detector
until_is 60 "every part runs after kill -9 of three" running

before=$(alerts)
restarted=$(date -u +%FT%TZ)
docker restart --time 60 "$name" >/dev/null
until_is 60 "systemd is up again" booted
until_is 60 "every part runs after the restart of the machine" running
[ "$(alerts)" -ge "$before" ] || fail "the restart lost alerts"
until_is 90 "an alert on requests after the restart" later "$restarted"

written=$(inside sh -c 'cat /var/log/nginx/access.log | wc -l')
all_there() { [ "$(operator status --json | sed -n 's/.*"lag_bytes": *\([0-9]*\).*/\1/p' | sort -nu | tail -1)" = 0 ]; }
until_is 30 "every line of nginx is in LOGS" all_there
operator verify || fail "verify found something lost, extra or different"
say "$written requests, $(alerts) alerts, nothing lost"

inside sh -c 'DEBIAN_FRONTEND=noninteractive apt-get remove -y chaussettes' >packages/.work/apt.log 2>&1 || { tail packages/.work/apt.log; fail "apt does not remove it"; }
nothing "a part is left running" 'ls -l /proc/*/exe | grep /usr/lib/chaussettes'
inside test -d /var/lib/private/chaussettes-server || fail "removing takes what was stored"
inside sh -c 'DEBIAN_FRONTEND=noninteractive apt-get purge -y chaussettes' >packages/.work/apt.log 2>&1 || { tail packages/.work/apt.log; fail "apt does not purge it"; }
nothing "purging leaves it" 'ls -d /etc/chaussettes /usr/lib/chaussettes /var/lib/private/chaussettes-* /var/cache/private/chaussettes-* /etc/systemd/system/*.wants/chaussettes*'

# The archive: `install` copies what the services need, `uninstall` takes it away.
npm run --silent package -- --quick archive x64
inside sh -c 'XDG_CACHE_HOME=/tmp/c sh /packages/chaussettes-*-linux-x64 install' || fail "install from the archive"
at_home() { inside systemctl is-active --quiet chaussettes-detector && inside curl -fsS http://127.0.0.1:9471/readyz; }
until_is 60 "what the archive installed runs" at_home
inside sh -c 'rm -rf /tmp/c && chaussettes --version && chaussettes uninstall --purge' || fail "uninstall"
nothing "uninstall leaves it" 'ls -d /usr/local/lib/chaussettes /usr/local/bin/chaussettes /etc/chaussettes /etc/systemd/system/chaussettes* /var/lib/private/chaussettes-*'
say "passed"
