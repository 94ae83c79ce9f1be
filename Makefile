# helmx: the commands of README.md. CONTRIBUTING.md explains each.
.PHONY: build demo demo-stop test lint fmt bench

export HELMX_SHARED ?= $(CURDIR)/../shared
export CARGO_TERM_COLOR ?= auto

build:
	cargo build --workspace --bins

# The main job on a real control plane; DEMO_CLUSTER=existing uses the cluster of $KUBECONFIG.
demo: build
	@tests/demo.sh play

demo-stop:
	@tests/demo.sh stop

# Everything: format, lints, unit and vector tests, differential tests, end to end.
test:
	@tests/test.sh

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

fmt:
	cargo fmt --all

bench:
	@tests/bench.sh
