//! Runs that chance makes up, helm and the plugin side by side.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use helmx_tests::assets::{Assets, shared};
use helmx_tests::random::Random;
use helmx_tests::varying;

use crate::program::{Outcome, Program};

/// What the choices follow from; `HELMX_SEED` names another number.
const SEED: usize = 1;

const PARALLEL: usize = 2;

/// How often helm may run for one comparison, where its own runs differ.
const ATTEMPTS: usize = 4;

/// One run, made up.
pub struct Case {
    pub arguments: Vec<String>,
    /// What there is to know of it if it goes wrong.
    pub shown: String,
}

/// The archives of the corpus that have fewer bytes.
pub fn charts(bytes: u64) -> Vec<PathBuf> {
    let folder = shared().join("corpus/charts").canonicalize().unwrap();
    let paths = std::fs::read_dir(folder).unwrap().map(|one| one.unwrap().path());
    let mut charts: Vec<_> = paths.filter(|path| path.metadata().unwrap().len() < bytes).collect();
    charts.sort();
    charts
}

/// Compares so many runs; `HELMX_CHANGED` names another number. `make` gets a folder for each, in which it is run, and may
/// find that there is nothing to run.
pub fn side_by_side(name: &str, runs: usize, make: &(dyn Fn(&mut Random, &Path) -> Option<Case> + Sync)) {
    let (helm, plugin) = (Program::helm(Assets::locate().unwrap().binary("helm")), Program::plugin());
    let (runs, seed) = (number("HELMX_CHANGED", runs), number("HELMX_SEED", SEED));
    let (next, all, failed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let problems = Mutex::new(Vec::new());
    let run = |index: usize| {
        let mut random = Random::new((seed * 1_000_003 + index) as u64);
        let folder = tempfile::tempdir().unwrap();
        let Case { arguments, shown } = make(&mut random, folder.path())?;
        let outcome = helm.run(&arguments, folder.path());
        all.fetch_add(1, Ordering::Relaxed);
        failed.fetch_add(usize::from(outcome.code != Some(0)), Ordering::Relaxed);
        let again = || helm.run(&arguments, folder.path());
        let found = difference(&outcome, &plugin.run(&arguments, folder.path()), again)?;
        Some(format!("run {index} of seed {seed}: {shown}\n{found}"))
    };
    std::thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                while let Some(index) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < runs) {
                    problems.lock().unwrap().extend(run(index));
                }
            });
        }
    });
    let (problems, all) = (problems.into_inner().unwrap(), all.into_inner());
    println!("{name}: {} of {all} equal, {failed:?} of them errors", all - problems.len());
    assert!(all * 2 >= runs && problems.is_empty(), "{} differ:\n{}", problems.len(), problems.join("\n\n"));
}

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

/// Whether the plugin prints what helm prints; where helm's own runs differ, what they agree about.
fn difference(helm: &Outcome, plugin: &Outcome, again: impl Fn() -> Outcome) -> Option<String> {
    if helm == plugin {
        return None;
    }
    let mut last = String::new();
    for _ in 1..ATTEMPTS {
        let other = again();
        if other == *plugin {
            return None;
        }
        if helm.code != plugin.code || !says_the_same(&helm.stderr, &other.stderr, &plugin.stderr) {
            last = format!(
                "exit {:?}, helm {:?}\n--- helm\n{}--- plugin\n{}",
                plugin.code, helm.code, helm.stderr, plugin.stderr
            );
            continue;
        }
        // What lint says of values comes in the order of Go's maps, too.
        if helm.stdout.starts_with("==> Linting") && says_the_same(&helm.stdout, &other.stdout, &plugin.stdout) {
            return None;
        }
        match varying::lines(helm.stdout.as_bytes(), other.stdout.as_bytes(), plugin.stdout.as_bytes()) {
            Ok(_) => return None,
            Err(error) => last = error,
        }
    }
    Some(last)
}

/// Warnings about values that were merged, and what is wrong with them, come in the order of Go's maps; and a message may
/// name keys in it.
fn says_the_same(helm: &str, again: &str, plugin: &str) -> bool {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let words = |text: &str| text.split([' ', ',', '\n']).map(str::to_owned).collect::<BTreeSet<_>>();
    lines(helm) == lines(plugin) || (helm != again && words(helm) == words(plugin))
}
