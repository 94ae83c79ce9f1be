//! `helmx-cluster FOLDER [KUBECONFIG]`: a control plane, helmx and a chart repository, until a signal ends it.
//!
//! With a kubeconfig, that cluster is used instead of an own one; its API server must run on this machine.
//!
//! Writes `FOLDER/ready` when all of it answers. The demo runs it in the background and stops it by its pid.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use helmx_tests::assets::{Assets, shared};
use helmx_tests::cluster::Cluster;
use helmx_tests::helmx::Helmx;
use helmx_tests::repository::Repository;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: helmx-cluster FOLDER [KUBECONFIG]");
        return ExitCode::from(2);
    };
    match run(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("helmx-cluster: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &Path) -> anyhow::Result<()> {
    let assets = Assets::locate()?;
    std::fs::create_dir_all(folder)?;
    let stop = helmx_tests::process::signals()?;
    let start = Instant::now();
    let folder = folder.canonicalize()?;
    let mut cluster = match std::env::args_os().nth(2) {
        Some(kubeconfig) => Cluster::existing(&assets, Path::new(&kubeconfig), &folder)?,
        None => Cluster::start_in(&assets, &folder, None)?,
    };
    eprintln!("control plane ready after {:.1} s", start.elapsed().as_secs_f32());
    let helmx = Helmx::start(&mut cluster, &[])?;
    eprintln!("helmx ready after {:.1} s", start.elapsed().as_secs_f32());
    let repository = Repository::serve(&shared().join("corpus/charts"), cluster.folder())?;
    std::fs::write(folder.join("repository"), &repository.url)?;
    std::fs::write(folder.join("ready"), std::process::id().to_string())?;
    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
        cluster.check()?;
        std::thread::sleep(Duration::from_millis(100));
    }
    eprintln!("stopping");
    drop(helmx);
    drop(cluster);
    let _ = std::fs::remove_file(folder.join("ready"));
    Ok(())
}
