//! The harness of tests, demo and benchmarks: a real control plane, real helm, real charts.

/// Where the control plane's and helm's binaries are, built on first use.
pub mod assets;
/// Certificates: separate authorities for the cluster, the front proxy and the chart repository.
pub mod certificates;
/// Chart archives made in memory, also such as no honest packer makes.
pub mod chart;
/// A control plane of real parts on loopback: started, taken apart, stopped.
pub mod cluster;
/// helmx-apiserver beside the cluster: installed from `manifests/`, run with its ServiceAccount's token.
pub mod helmx;
/// Child processes that end with their owner.
pub mod process;
/// Numbers that follow from a seed (xorshift64*): good enough to choose, and the same everywhere.
pub mod random;
/// A chart repository over HTTPS with a password: the corpus, and what tests put in its place.
pub mod repository;
/// Shell-like calls with captured output.
pub mod shell;
/// Output that helm itself prints differently from run to run.
pub mod varying;
