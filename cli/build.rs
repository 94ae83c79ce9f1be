//! Links the plugin to fixed addresses on Linux, as `helm` and `kubectl` are: 43,000 addresses that the loader would
//! otherwise have to mend cost a sixth of the start, and two megabytes of memory.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
