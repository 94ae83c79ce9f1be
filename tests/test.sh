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
step "tests"
cargo test --workspace
step "done"
