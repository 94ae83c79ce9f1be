//! One process: its wall time, its peak memory, what it printed.
//!
//! The kernel tells peak memory only of children that ended, and only the highest of all: so every process gets a
//! launcher of its own, which is this program again.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};

/// First argument of a launcher; then come the command's words. The command's standard output is the launcher's.
pub const LAUNCH: &str = "--launch";

/// How one process went.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub wall: Duration,
    /// Peak resident set.
    pub peak_kib: u64,
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// Runs the command in `folder`, where its output is kept until it is read.
pub fn run(program: &Path, arguments: &[String], folder: &Path) -> Result<Outcome> {
    let (out, err) = (folder.join("stdout"), folder.join("stderr"));
    let output = Command::new(std::env::current_exe()?)
        .args([LAUNCH.as_ref(), program.as_os_str(), out.as_os_str(), err.as_os_str()])
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    let report = String::from_utf8(output.stdout)?;
    let numbers = report.split_whitespace().map(str::parse).collect::<Result<Vec<u64>, _>>()?;
    let [micros, peak_kib, code] = numbers[..] else { bail!("{} did not run: {report:?}", program.display()) };
    Ok(Outcome {
        wall: Duration::from_micros(micros),
        peak_kib,
        code: i32::try_from(code)?,
        stdout: std::fs::read(out)?,
        stderr: std::fs::read(err)?,
    })
}

/// The launcher: prints microseconds, KiB and exit code.
pub fn launch(words: &[String]) -> ExitCode {
    match launched(words) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn launched(words: &[String]) -> Result<String> {
    let [program, out, err, arguments @ ..] = words else { bail!("a launcher needs a program and two files") };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(File::create(out)?).stderr(File::create(err)?);
    let start = Instant::now();
    let status = command.spawn().with_context(|| format!("starting {program}"))?.wait()?;
    let wall = start.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let code = status.code().with_context(|| format!("{program} was ended by a signal"))?;
    Ok(format!("{} {} {code}", wall.as_micros(), usage.max_rss()))
}

/// What a file holds, through one more open: the files of a chart are in the page cache before anything is timed.
pub fn warm(path: &Path) -> Result<()> {
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    Ok(())
}
