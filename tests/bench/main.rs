//! helmx beside helm: the same work in the same run, times and memory of both, and the target of each workload.
//!
//! `tests/bench.sh [--rounds N] [WORD…]` builds everything and runs the workloads whose names contain one of the
//! words. A slow machine fails nothing; different output does.

/// The charts that the workloads need and nobody publishes.
mod charts;
/// Whether both print the same.
mod compare;
/// One process: its time, its memory, what it printed.
mod process;
/// The table.
mod report;
/// The engine without a process around it.
mod warm;
/// What is measured, and what is wanted of it.
mod workload;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use helmx_tests::assets::{Assets, workspace};

use crate::report::Row;
use crate::workload::Programs;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.split_first() {
        Some((first, command)) if first == process::LAUNCH => return process::launch(command),
        _ => options(&words).and_then(|options| run(&options)),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    rounds: usize,
    plugin: PathBuf,
    words: Vec<String>,
}

fn options(words: &[String]) -> Result<Options> {
    let mut options =
        Options { rounds: 7, plugin: workspace().join("target/release/kubectl-helmx"), words: Vec::new() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match word.as_str() {
            "--rounds" => options.rounds = value()?.parse().context("--rounds takes a number")?,
            "--plugin" => options.plugin = value()?.into(),
            flag if flag.starts_with("--") => bail!("unknown flag {flag}; usage: bench.sh [--rounds N] [WORD…]"),
            word => options.words.push(word.to_owned()),
        }
    }
    Ok(options)
}

fn run(options: &Options) -> Result<ExitCode> {
    let programs = Programs { helm: Assets::locate()?.binary("helm"), helmx: options.plugin.clone() };
    let folder = tempfile::tempdir()?;
    let mut rows: Vec<Row> = Vec::new();
    for workload in workload::all(folder.path())? {
        let wanted = options.words.is_empty() || options.words.iter().any(|word| workload.name.contains(word.as_str()));
        if wanted {
            eprintln!("bench: {}", workload.name);
            let row = workload.measure(&programs, options.rounds).with_context(|| workload.name.clone())?;
            rows.push(row);
        }
    }
    report::print(&rows);
    let differ = rows.iter().any(|row| !row.same.holds());
    Ok(if differ { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
