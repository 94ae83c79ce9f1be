//! Links the plugin to fixed addresses on Linux, as `helm` and `kubectl` are: mending 43,000 addresses, as the loader
//! would otherwise do, causes a third of the page faults of a start.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
