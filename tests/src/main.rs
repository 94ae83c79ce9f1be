//! `helmx-cluster`: a control plane with helmx in the foreground, until it is asked to end.

fn main() -> anyhow::Result<()> {
    let assets = helmx_tests::assets::Assets::locate()?;
    let start = std::time::Instant::now();
    let mut cluster = helmx_tests::cluster::Cluster::start(&assets)?;
    eprintln!("control plane ready in {:.1} s", start.elapsed().as_secs_f32());
    cluster.check()?;
    Ok(())
}
