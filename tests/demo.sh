#!/usr/bin/env bash
# Plays helmx's main job for two tenants on a real control plane, printing each command before its output.
#
# Usage: demo.sh [play|stop]
# DEMO_CLUSTER=existing   uses the cluster of $KUBECONFIG (an administrator's; its API server on this machine)
# DEMO_KEEP=no            ends the cluster afterwards (the tests do)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
shared=${HELMX_SHARED:-$root/../shared}
state=${HELMX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/helmx}/demo
bin=${HELMX_BIN:-$root/target/debug}

stop() {
  [[ -e $state/pid ]] || return 0
  local pid; pid=$(cat "$state/pid")
  # Only a process that we started, and that is still what it was.
  if [[ -r /proc/$pid/cmdline ]] && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q helmx-cluster; then
    kill "$pid" && while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  fi
  rm -rf "$state"
}

if [[ ${1:-play} == stop ]]; then
  stop
  echo "The demo's cluster is stopped."
  exit
fi

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
show() { printf '\033[36m$ %s\033[0m\n' "$*"; }
# The command line as one would type it.
words() {
  local word line=
  for word in "$@"; do
    [[ $word =~ ^[A-Za-z0-9_./:=,@%+-]+$ ]] || word=$(printf '%q' "$word")
    line+="$word "
  done
  echo "${line% }"
}
# run COMMAND…: prints and runs a command that must succeed.
run() { show "$(words "$@")"; "$@"; }
# refused COMMAND…: prints and runs a command that must fail.
refused() {
  show "$(words "$@")"
  if "$@"; then echo "demo: this should have been refused" >&2; exit 1; fi
}
as() { export KUBECONFIG=$state/$1.kubeconfig; printf '\n\033[33m--- as %s ---\033[0m\n' "$1"; }

assets=$("$root/tests/cluster/tools.sh")
existing=
if [[ ${DEMO_CLUSTER:-own} == existing ]]; then
  existing=${KUBECONFIG:?DEMO_CLUSTER=existing needs KUBECONFIG}
  existing=$(realpath "$existing")
fi
stop
mkdir -p "$state"
export PATH=$bin:$assets:$PATH
HELMX_SHARED=$shared setsid "$bin/helmx-cluster" "$state" $existing >"$state/cluster.log" 2>&1 </dev/null &
echo $! >"$state/pid"
until [[ -e $state/ready ]]; do
  kill -0 "$(cat "$state/pid")" 2>/dev/null || { cat "$state/cluster.log" >&2; exit 1; }
  sleep 0.1
done
cat "$state/cluster.log"
[[ ${DEMO_KEEP:-yes} == no ]] && trap stop EXIT
repository=$(cat "$state/repository")
cp "$state/admin.kubeconfig" "$state/administrator.kubeconfig"

# A kubeconfig for ServiceAccount dev of a namespace: the tenant's developer.
developer() {
  local token config=$state/$1.kubeconfig
  token=$(kubectl create token dev -n "$1" --duration=12h)
  cp "$state/admin.kubeconfig" "$config"
  kubectl --kubeconfig "$config" config set-credentials dev --token="$token" >/dev/null
  kubectl --kubeconfig "$config" config set-context --current --user=dev --namespace="$1" >/dev/null
}

as administrator
say "1. The administrator declares a repository that asks for a password, and two tenants."
run kubectl helmx repo add --cluster-wide corpus "$repository" --username reader --password correct-horse \
  --ca-file "$state/repository-ca.crt"
run kubectl get clusterrepositories
for tenant in acme globex; do
  run kubectl create namespace "$tenant"
  sed "s/TENANT/$tenant/g" "$root/tests/demo/tenant.yaml" | kubectl apply -f - >/dev/null
  developer "$tenant"
done
say "A tenant owns a namespace; its developer may use that and nothing else, and may not read Secrets."
run kubectl get tenants

as acme
say "2. A developer of acme looks for a chart and reads its values."
run kubectl helmx search nginx
run kubectl helmx show values corpus/nginx | sed -n '1,12p;$a ...'
say "An install waits until everything is ready."
run kubectl helmx install web corpus/nginx --set tls.enabled=false --set replicaCount=2 --wait --hide-notes
say "The same from a manifest, with kubectl alone."
run kubectl apply -f "$root/tests/demo/ingress.yaml"
run kubectl wait release/ingress --for=condition=Ready --timeout=60s
say "Every object carries the tenant, and so does the stored chart."
run kubectl get deployments,services,configmaps,serviceaccounts -l helmx.dev/tenant=acme

as globex
say "3. Each tenant sees its own releases."
run kubectl helmx install shop corpus/nginx --set tls.enabled=false --hide-notes
run kubectl get releases
as acme
run kubectl get releases
refused kubectl get releases -n globex
refused kubectl get secrets

say "4. A chart with cluster-wide objects is refused: every missing right is named, nothing is touched."
refused kubectl helmx install monitor corpus/alloy --hide-notes
run kubectl get release monitor -o wide
run kubectl get daemonsets,services,configmaps,serviceaccounts -l app.kubernetes.io/instance=monitor
run kubectl helmx uninstall monitor

say "5. Upgrade; an upgrade that fails says why; rollback; history."
run kubectl helmx upgrade web corpus/nginx --reuse-values --set replicaCount=3 --wait --hide-notes
refused kubectl helmx upgrade web corpus/nginx --reuse-values --set service.type=Nonsense
run kubectl helmx rollback web 2
run kubectl helmx history web

as administrator
say "6. Stock helm works on the same releases (helm 4 and helm 3)..."
run helm list -n acme
run helm3 history web -n acme
run helm get values web -n acme
run helm rollback web 1 -n acme
run helm3 status web -n acme --show-resources=false 2>/dev/null || run helm3 status web -n acme
say "... the stored chart carries the tenant, ..."
kubectl get secret sh.helm.release.v1.web.v1 -n acme -o jsonpath='{.data.release}' | base64 -d | base64 -d | gunzip |
  grep -o '"helmx.dev/tenant":"[a-z]*"' | head -1
say "... and a release that helm makes is there for kubectl at once; helmx upgrades it."
run helm install cache "$shared"/corpus/charts/redis-2*.tgz -n acme --set architecture=standalone --set auth.enabled=false >/dev/null
as acme
run kubectl get releases
run kubectl helmx upgrade cache corpus/redis --reuse-values --set commonLabels.team=shop --wait --hide-notes
run kubectl helmx history cache
say "Uninstall."
run kubectl helmx uninstall cache ingress
as administrator
run helm uninstall web -n acme
as acme
run kubectl get releases

if [[ ${DEMO_KEEP:-yes} == yes ]]; then
  printf '\nThe cluster keeps running. Look around with:\n\n  export KUBECONFIG=%s PATH=%s:%s:$PATH\n\n' \
    "$state/acme.kubeconfig" "$bin" "$assets"
  printf '(%s is the administrator.) Stop it with: make demo-stop\n' "$state/administrator.kubeconfig"
fi
