#!/usr/bin/env bash
# helmx beside helm: builds the plugin for release and prints a table of times, memory and targets.
#
# Usage: bench.sh [--rounds N] [WORD…]   only workloads whose names contain one of the words
# HELMX_PLUGIN=<file>                    measures that binary instead of building one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${CARGO_TARGET_DIR:-target}
plugin=${HELMX_PLUGIN:-$target/release/kubectl-helmx}
tests/cluster/tools.sh >/dev/null
if [[ -z ${HELMX_PLUGIN:-} ]]; then
  cargo build --release --quiet -p kubectl-helmx
fi
cargo build --release --quiet -p helmx-tests --bin helmx-bench
exec "$target/release/helmx-bench" --plugin "$plugin" "$@"
