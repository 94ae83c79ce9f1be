//! Prints `manifests/crds.yaml` (JSON documents, which are YAML): `cargo run -p helmx-api --example crds`.

#![expect(clippy::print_stdout, reason = "it prints a file")]

fn main() {
    println!("# Made from api/src/config.rs by `cargo run -p helmx-api --example crds`; a test compares the two.");
    for crd in helmx_api::crd::all() {
        println!("---\n{}", serde_json::to_string_pretty(&crd).unwrap_or_default());
    }
}
