//! Cases in parallel, and their report, worded as libtest's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Result, anyhow};

use crate::world::World;

/// Cases that run at the same time: they wait more than they compute.
const WORKERS: usize = 4;

/// One behaviour, proved in namespaces of its own.
pub struct Case {
    /// `file::behaviour`.
    pub name: &'static str,
    /// Fails with what was there instead.
    pub run: fn(&World) -> Result<()>,
    /// Whether others may run meanwhile.
    pub alone: bool,
}

/// A case that fails today.
pub struct Known {
    /// The case.
    pub name: &'static str,
    /// Why it fails.
    pub reason: &'static str,
}

/// A case that runs beside others.
pub const fn case(name: &'static str, run: fn(&World) -> Result<()>) -> Case {
    Case { name, run, alone: false }
}

/// A case that takes parts of the world down: nothing else runs meanwhile.
pub const fn alone(name: &'static str, run: fn(&World) -> Result<()>) -> Case {
    Case { name, run, alone: true }
}

/// How a case ended.
enum Verdict {
    Passed,
    /// As the list of known failures says.
    Known(&'static str),
    Failed(String),
}

/// Runs the cases that the command line selects.
pub fn main(cases: &[&Case], known: &[Known]) -> ExitCode {
    let filters: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let selects = |case: &Case| filters.is_empty() || filters.iter().any(|filter| case.name.contains(filter));
    let selected: Vec<&Case> = cases.iter().copied().filter(|case| selects(case)).collect();
    if std::env::args().any(|argument| argument == "--list") {
        selected.iter().for_each(|case| println!("{}: test", case.name));
        return ExitCode::SUCCESS;
    }
    let missing = known.iter().find(|row| !cases.iter().any(|case| case.name == row.name));
    if let Some(row) = missing {
        eprintln!("the list of known failures names {}, which is no case", row.name);
        return ExitCode::FAILURE;
    }
    println!("\nrunning {} tests", selected.len());
    let start = Instant::now();
    let outcome = helmx_tests::process::signals().and_then(|stop| {
        let world = World::start()?;
        Ok(run(&world, &selected, known, &stop))
    });
    match outcome {
        Ok(verdicts) => report(&verdicts, cases.len() - selected.len(), start),
        Err(error) => {
            eprintln!("the world does not start: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(world: &World, cases: &[&Case], known: &[Known], stop: &AtomicBool) -> Vec<(&'static str, Verdict)> {
    let (alone, together): (Vec<&Case>, Vec<&Case>) = cases.iter().copied().partition(|case| case.alone);
    let verdicts = Mutex::new(Vec::new());
    for (cases, workers) in [(together, WORKERS), (alone, 1)] {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..workers.min(cases.len()) {
                scope.spawn(|| {
                    let case = || cases.get(next.fetch_add(1, Ordering::Relaxed)).copied();
                    let cases = std::iter::from_fn(case).take_while(|_| !stop.load(Ordering::Relaxed));
                    work(world, cases, known, &verdicts);
                });
            }
        });
    }
    verdicts.into_inner().unwrap_or_default()
}

/// Runs one case after the other.
fn work<'c>(
    world: &World,
    cases: impl Iterator<Item = &'c Case>,
    known: &[Known],
    verdicts: &Mutex<Vec<(&'static str, Verdict)>>,
) {
    for case in cases {
        let verdict = judge(world, case, known);
        if let Ok(mut verdicts) = verdicts.lock() {
            verdicts.push((case.name, verdict));
        }
    }
}

fn judge(world: &World, case: &Case, known: &[Known]) -> Verdict {
    let start = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| (case.run)(world))).unwrap_or_else(|_| Err(anyhow!("it panicked")));
    if case.alone
        && let Err(error) = world.mend()
    {
        return Verdict::Failed(format!("the world is not whole again: {error:#}"));
    }
    let seconds = start.elapsed().as_secs_f32();
    let row = known.iter().find(|row| row.name == case.name);
    let verdict = match (outcome, row) {
        (Ok(()), None) => Verdict::Passed,
        (Ok(()), Some(row)) => {
            Verdict::Failed(format!("passes although it is listed as failing ({}): take its row out", row.reason))
        }
        (Err(_), Some(row)) => Verdict::Known(row.reason),
        (Err(error), None) => Verdict::Failed(format!("{error:#}")),
    };
    let word = match &verdict {
        Verdict::Passed => "ok".to_owned(),
        Verdict::Known(reason) => format!("ignored, fails: {reason}"),
        Verdict::Failed(_) => "FAILED".to_owned(),
    };
    println!("test {} ... {word} ({seconds:.1} s)", case.name);
    verdict
}

fn report(verdicts: &[(&str, Verdict)], filtered: usize, start: Instant) -> ExitCode {
    let failed: Vec<_> = verdicts
        .iter()
        .filter_map(|(name, verdict)| match verdict {
            Verdict::Failed(message) => Some((name, message)),
            Verdict::Passed | Verdict::Known(_) => None,
        })
        .collect();
    let known = verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Known(_))).count();
    if !failed.is_empty() {
        println!("\nfailures:\n");
        failed.iter().for_each(|(name, message)| println!("---- {name} ----\n{message}\n"));
        println!("failures:");
        failed.iter().for_each(|(name, _)| println!("    {name}"));
    }
    println!(
        "\ntest result: {}. {} passed; {} failed; {known} ignored; 0 measured; {filtered} filtered out; finished in {:.2}s\n",
        if failed.is_empty() { "ok" } else { "FAILED" },
        verdicts.len() - failed.len() - known,
        failed.len(),
        start.elapsed().as_secs_f32(),
    );
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
