#!/usr/bin/env bash
# Puts the programs that test/shippers runs into FOLDER, unless they are on PATH. What cannot be had is not tried by the tests.
#   programs.sh FOLDER
set -uo pipefail
cd "$(dirname "$0")"
bin=$(mkdir -p "$1" && cd "$1" && pwd)
export PATH=$PATH:$bin:/usr/sbin CGO_ENABLED=0 GOFLAGS=-buildvcs=false
missing() { ! command -v "$1" >/dev/null; }
# A machine that is slow, or far from the modules, is not waited for.
soon() { timeout 200 "$@"; }
gone() { echo "$1 is not to be had: its test is passed over"; }

if missing telegraf; then
  # Its own build has hundreds of plugins; these tags leave those that are used.
  GOBIN=$bin soon go install -tags custom,inputs.tail,outputs.nats,parsers.value,serializers.template \
    github.com/influxdata/telegraf/cmd/telegraf@v1.36.4 || gone telegraf
fi
if missing benthos; then (cd benthos && soon go build -ldflags="-s -w" -o "$bin/benthos" .) || gone benthos; fi
# Three minutes on two cores: in CI its payloads are tested, and the program where it is there.
if [ "${WITH_OTELCOL:-}" = yes ] && missing otelcol; then
  (cd otelcol && soon go build -ldflags="-s -w" -o "$bin/otelcol" .) || gone otelcol
fi
# Debian's packages of it and of rsyslog exclude one another: this one is unpacked beside.
if missing syslog-ng; then
  root=$bin/syslog-ng-root
  (
    set -e
    work=$(mktemp -d) && cd "$work"
    packages="syslog-ng-core libivykis0 libnet1 libjson-c5 libpcre3 libwrap0"
    soon apt-get download -qq $packages 2>/dev/null || { apt-get update -qq && apt-get download -qq $packages; }
    for package in *.deb; do dpkg -x "$package" "$root"; done
    modules=$(dirname "$(find "$root" -name libsyslogformat.so | head -1)")
    libraries=$(find "$root" -name '*.so*' -printf '%h\n' | grep -v "$modules" | sort -u | paste -sd:)
    printf '#!/bin/sh\nexport LD_LIBRARY_PATH=%s\nexec %s/usr/sbin/syslog-ng --module-path %s "$@"\n' \
      "$libraries" "$root" "$modules" >"$bin/syslog-ng"
    chmod +x "$bin/syslog-ng"
    "$bin/syslog-ng" --version | head -1
  ) || { rm -f "$bin/syslog-ng"; gone syslog-ng; }
fi
exit 0
