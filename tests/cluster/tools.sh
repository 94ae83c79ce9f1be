#!/usr/bin/env bash
# Builds the control plane and both helm versions from their Go modules into a cache outside the tree.
#
# Usage: tools.sh            builds what is missing, prints the folder of the binaries on stdout
# KUBEBUILDER_ASSETS=<dir>   names a folder that already holds them; it is used as it is
# HELMX_CACHE=<dir>          where the cache lives (default: $XDG_CACHE_HOME/helmx or ~/.cache/helmx)
#
# Each binary's file name is keyed by its version, so that a new version never meets an old file.
set -euo pipefail

KUBERNETES=1.37.2 ETCD=3.7.3 KWOK=0.8.0 HELM4=4.3.1 HELM3=3.22.0 HELM_GO=go1.27.3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [[ -n ${KUBEBUILDER_ASSETS:-} ]]; then
  for name in etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kwok helm helm3; do
    [[ -x $KUBEBUILDER_ASSETS/$name ]] || { echo "KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS lacks $name" >&2; exit 1; }
  done
  echo "$KUBEBUILDER_ASSETS"
  exit
fi

cache=${HELMX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/helmx}
bin=$cache/tools/k$KUBERNETES-e$ETCD-w$KWOK-h$HELM4-h$HELM3
mkdir -p "$bin/stages"
exec 9>"$cache/tools/lock"
flock 9

say() { echo "tools: $*" >&2; }

# build NAME COMMAND…: runs COMMAND, which writes $bin/NAME.new, and moves the result into place.
build() {
  local name=$1 start=$SECONDS
  shift
  [[ -x $bin/$name ]] && return
  say "building $name (once; minutes)"
  "$@"
  mv "$bin/$name.new" "$bin/$name"
  say "built $name in $((SECONDS - start)) s"
}

# In a module of ours: its go.mod and go.sum pin every dependency.
pinned() { (cd "$here/go/$1" && go build -trimpath -ldflags "-s -w ${4:-}" -o "$bin/$3.new" "$2"); }

# A command of a module without replacements: its own go.mod pins the dependencies.
installed() {
  local tmp; tmp=$(mktemp -d "$bin/gobin.XXXX")
  GOBIN=$tmp GOTOOLCHAIN=${4:-local} GOFLAGS=-buildvcs=false go install -trimpath -ldflags "-s -w ${3:-}" "$1"
  mv "$tmp/$(basename "${1%@*}")" "$bin/$2.new"
  rm -rf "$tmp"
}

minor=${KUBERNETES#*.} minor=${minor%.*}
stamp=
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  stamp+=" -X $package.gitVersion=v$KUBERNETES -X $package.gitMajor=${KUBERNETES%%.*} -X $package.gitMinor=$minor"
done

build helm installed "helm.sh/helm/v4/cmd/helm@v$HELM4" helm "-X helm.sh/helm/v4/internal/version.version=v$HELM4" "$HELM_GO"
build etcd pinned etcd go.etcd.io/etcd/server/v3 etcd
for command in kube-apiserver kubectl kube-controller-manager kube-scheduler; do
  build "$command" pinned kubernetes "k8s.io/kubernetes/cmd/$command" "$command" "$stamp"
done
build kwok installed "sigs.k8s.io/kwok/cmd/kwok@v$KWOK" kwok
build helm3 installed "helm.sh/helm/v3/cmd/helm@v$HELM3" helm3 "-X helm.sh/helm/v3/internal/version.version=v$HELM3"

# kwok's own stages (how fake nodes, pods and volumes behave) are in its module, not in its binary.
if [[ ! -e $bin/stages/complete ]]; then
  module=$(go mod download -json "sigs.k8s.io/kwok@v$KWOK" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  for stage in node/fast/node-initialize node/heartbeat/node-heartbeat pod/fast/pod-ready pod/fast/pod-complete \
    pod/fast/pod-delete volume/fast/pv-bind volume/fast/pv-delete volume/fast/pvc-delete volume/fast/pvc-provision \
    volume/fast/storage-class; do
    install -m 0644 "$module/kustomize/stage/$stage.yaml" "$bin/stages/"
  done
  touch "$bin/stages/complete"
fi
echo "$bin"
