#!/usr/bin/env bash
# All tests, the end-to-end ones included. Builds the control plane and helm first where they are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '\n== %s (after %d s) ==\n' "$*" "$SECONDS"; }

step "control plane and helm"
tests/cluster/tools.sh
step "format and lints"
cargo fmt --all --check
cargo clippy --workspace --all-targets --quiet -- -D warnings
step "build"
cargo build --workspace --bins
# The engine apart: its tests read numbers to the letter (serde_json's arbitrary_precision), which Cargo would
# otherwise switch on in the server that the other tests run.
step "tests of the engine"
cargo test -p helmx-yaml -p helmx-template -p helmx-chart -p helmx-engine
step "tests"
cargo test --workspace --exclude helmx-yaml --exclude helmx-template --exclude helmx-chart --exclude helmx-engine
step "done"
