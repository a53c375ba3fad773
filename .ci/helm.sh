#!/usr/bin/env bash
# Puts into BIN what renders the chart and checks it (test/helm), and into SCHEMAS what it is checked by, unless they are there:
#   helm.sh BIN SCHEMAS
# Go's checksum database checks each of them. The NATS chart comes from its own web site; where that is away, its part is played by the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1 schemas=$2
export PATH=$PATH:$bin CGO_ENABLED=0 GOBIN=$bin

command -v helm >/dev/null || go install -trimpath helm.sh/helm/v4/cmd/helm@v4.3.1
command -v kubeconform >/dev/null || go install -trimpath github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0
helm version --short

# What Kubernetes and the Prometheus Operator say of their API, in the modules that they are released as.
module() { go mod download -json "$1" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p'; }
if [ ! -f "$schemas/configmap-v1.json" ]; then
  kubernetes=$(module k8s.io/kubernetes@v1.36.3)
  operator=$(module github.com/prometheus-operator/prometheus-operator@v0.92.1)
  node_modules/.bin/node test/helm/schemas.ts "$kubernetes/api/openapi-spec/swagger.json" "$operator/example/prometheus-operator-crd" "$schemas.new"
  rm -rf "$schemas" && mv "$schemas.new" "$schemas"
fi
echo "schemas: $(find "$schemas" -name '*.json' | wc -l) kinds"

# In the version that Chart.lock names. Without it, or with half of it, nothing fails: the tests then play its part.
nats=nats-$(sed -n 's/^  version: //p' deploy/helm/Chart.lock).tgz
if [ ! -f "$schemas/$nats" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  export HELM_REPOSITORY_CONFIG=$work/repositories.yaml HELM_REPOSITORY_CACHE=$work/cache
  cp -RL deploy/helm "$work/chart"
  if timeout 30 helm repo add nats https://nats-io.github.io/k8s/helm/charts/ >"$work/said" 2>&1 &&
    timeout 60 helm dependency build "$work/chart" >"$work/said" 2>&1 &&
    helm show chart "$work/chart/charts/$nats" >"$work/said" 2>&1; then
    cp "$work/chart/charts/$nats" "$schemas/.$nats" && mv "$schemas/.$nats" "$schemas/$nats"
  else
    echo "the NATS chart is not to be had: its part is played by the tests ($(tail -1 "$work/said"))"
  fi
fi
