#!/usr/bin/env bash
# Three hosts with systemd, as docs/scale.md says: its commands are taken from there. Then one host is killed; alerts go on, nothing is lost.
# Three containers take a machine of their own for some minutes: not a step of .ci/run.
set -euo pipefail
cd "$(dirname "$0")/.."

lab=${DOCKER_LAB:-../shared/lab/docker-lab}
image=chaussettes-ci-hosts
say() { printf 'hosts: %s\n' "$*"; }
on() { docker exec --interactive "chaussettes-ci-$1" "${@:2}"; }
fail() {
  say "FAILED: $*"
  for host in a b c; do on $host journalctl --quiet --no-pager --unit 'chaussettes*' --lines 15 2>&1 | sed "s/^/  $host  /" || true; done
  exit 1
}
until_is() { # SECONDS WORDS COMMAND...: polls, and fails with the words.
  local limit=$1 what=$2 begun=$SECONDS
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $((SECONDS - begun)) -le "$limit" ] || fail "$what did not happen within $limit s"
    sleep 1
  done
  say "$what after $((SECONDS - begun)) s"
}
# The nth block of commands of the section.
block() { awk -v n="$1" '/^## /{on=0} /^### On three hosts/{on=1} on && /^ *```sh/{i++; next} /^ *```$/{if (i == n) exit} on && i == n { sub(/^   /, ""); print }' docs/scale.md; }

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

say "building the package"
npm run --silent package -- --quick deb x64
mkdir -p packages/.work/hosts
cat >packages/.work/hosts/Dockerfile <<'DOCKERFILE'
FROM debian:bookworm-slim
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  systemd systemd-sysv dbus nginx curl libatomic1 openssl && systemctl mask systemd-logind getty.target
# One is root here already, and nobody answers questions.
RUN printf '#!/bin/sh\n[ "$1" = -E ] && shift\nexec "$@"\n' >/usr/local/bin/sudo && chmod +x /usr/local/bin/sudo && \
  echo 'APT::Get::Assume-Yes "true";' >/etc/apt/apt.conf.d/yes
STOPSIGNAL SIGRTMIN+3
CMD ["sh", "-c", "mount --make-rshared / && exec /sbin/init"]
DOCKERFILE
DOCKER_BUILDKIT=0 docker build --quiet --network host --tag $image packages/.work/hosts >/dev/null

remove() {
  docker rm --force chaussettes-ci-a chaussettes-ci-b chaussettes-ci-c >/dev/null 2>&1 || true
  docker network rm $image >/dev/null 2>&1 || true
}
trap remove EXIT
remove
docker network create --internal $image >/dev/null
for host in a b c; do
  docker run --detach --name "chaussettes-ci-$host" --hostname $host --network $image --network-alias $host --cap-add SYS_ADMIN \
    --security-opt seccomp=unconfined --security-opt apparmor=unconfined --cgroupns host --volume /sys/fs/cgroup:/sys/fs/cgroup:rw \
    --tmpfs /run --tmpfs /run/lock --volume "$PWD/packages:/packages:ro" $image >/dev/null
done
booted() { [[ $(on "$1" systemctl is-system-running) =~ running|degraded ]]; }
for host in a b c; do
  until_is 60 "systemd of $host is up" booted $host
  { echo 'set -e; cd /packages'; block 1; } | on $host bash >packages/.work/hosts/$host.log 2>&1 || { tail packages/.work/hosts/$host.log; fail "$host is not made one of three"; }
done
# Between these containers there is no ssh: the copy goes past it.
{ echo 'set -e'; block 2 | sed '/^ *for host/,/^ *done/d'; } | on a bash >/dev/null || fail "no credentials"
for host in b c; do
  on a tar -C /etc/chaussettes -c --exclude ca.key --exclude env credentials cluster | on $host tar -C /etc/chaussettes -x
done
for host in a b c; do on $host sh -c 'systemctl daemon-reload && systemctl start chaussettes-server'; done
{ echo 'set -e'; block 3; } | on a bash || fail "init"
for host in b c; do on $host systemctl --quiet mask chaussettes-thresholds; done
for host in a b c; do on $host systemctl --quiet enable --now chaussettes.target; done
on b chaussettes install --logs '/var/log/nginx/*.log' >/dev/null 2>&1

running() { for part in server detector dashboard; do on "$1" systemctl is-active --quiet "chaussettes-$part" || return 1; done && on "$1" curl -fsS http://127.0.0.1:9471/healthz; }
for host in a b c; do until_is 60 "every part of $host runs" running $host; done
operator() { on "$1" env LANG=C NATS_CA=/etc/chaussettes/cluster/ca.pem chaussettes "${@:2}" --context /etc/chaussettes/credentials/operator.json; }
complete() { [ "$(operator c status | grep -c '3 of 3 copies complete$')" -ge 11 ]; }
until_is 60 "three copies of everything are complete" complete

newest() { operator c alerts --last 1 --json 2>/dev/null | sed -n 's/.*"window":{"start":"\([^"]*\)".*/\1/p' | tail -1; }
requests() { on b sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do curl -s -o /dev/null http://127.0.0.1/missing-$i; done'; }
later() { requests && [[ $(newest) > $1 ]]; }
until_is 60 "an alert on the requests to b" later 2000
killed=$(date -u +%FT%TZ)
docker kill chaussettes-ci-a >/dev/null
until_is 60 "an alert after the end of a, whose detector may have led" later "$killed"
silent() { operator c status | grep -q 'a has been silent for'; }
until_is 60 "status tells that a is silent" silent
operator c verify || fail "verify found something lost, extra or different"
docker start chaussettes-ci-a >/dev/null
until_is 120 "three copies are complete again, with a back" complete
say "passed"
