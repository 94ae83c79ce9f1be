//! Comparisons that say what was there instead.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use helmx_tests::shell::Outcome;
use serde_json::Value;

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(30);

/// A text with every one of the phrases.
pub fn has(text: &str, phrases: &[&str]) -> Result<()> {
    for phrase in phrases {
        ensure!(text.contains(phrase), "\"{phrase}\" is missing in:\n{text}");
    }
    Ok(())
}

/// A text with none of the phrases.
pub fn lacks(text: &str, phrases: &[&str]) -> Result<()> {
    for phrase in phrases {
        ensure!(!text.contains(phrase), "\"{phrase}\" should not be in:\n{text}");
    }
    Ok(())
}

/// Two texts that are the same, white space at the ends aside.
pub fn same(found: &str, wanted: &str) -> Result<()> {
    let (found, wanted) = (found.trim(), wanted.trim());
    let differs = found.lines().zip(wanted.lines()).find(|(found, wanted)| found != wanted);
    let first = differs.map(|(found, wanted)| format!("\nfirst difference: {wanted:?} became {found:?}"));
    ensure!(found == wanted, "expected:\n{wanted}\nfound:\n{found}{}", first.unwrap_or_default());
    Ok(())
}

/// A command that succeeded and printed JSON equal to this.
pub fn prints_json(outcome: Result<Outcome>, wanted: &Value) -> Result<()> {
    let outcome = outcome?;
    let line = outcome.line.clone();
    let found: Value = serde_json::from_str(&outcome.ok()?)?;
    ensure!(found == *wanted, "`{line}`: expected {wanted}, found {found}");
    Ok(())
}

/// A command that failed with all of the phrases in what it printed.
pub fn refused(outcome: Result<Outcome>, phrases: &[&str]) -> Result<()> {
    let outcome = outcome?;
    let line = outcome.line.clone();
    let text = outcome.failed()?;
    has(&text, phrases).map_err(|error| error.context(format!("`{line}`")))
}

/// A command that succeeded and printed exactly this, white space at the ends aside.
pub fn prints(outcome: Result<Outcome>, wanted: &str) -> Result<()> {
    let outcome = outcome?;
    let line = outcome.line.clone();
    same(&outcome.ok()?, wanted).map_err(|error| error.context(format!("`{line}`")))
}

/// A command that succeeded with all of the phrases in what it printed.
pub fn shows(outcome: Result<Outcome>, phrases: &[&str]) -> Result<()> {
    let outcome = outcome?;
    let line = outcome.line.clone();
    let both = outcome.both();
    outcome.ok()?;
    has(&both, phrases).map_err(|error| error.context(format!("`{line}`")))
}

/// Tries again until it succeeds; the last failure when it does not in time.
pub fn eventually(mut attempt: impl FnMut() -> Result<()>) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt() {
            Ok(()) => return Ok(()),
            Err(error) if Instant::now() > deadline => {
                bail!("not within {} s: {error:#}", PATIENCE.as_secs())
            }
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}
