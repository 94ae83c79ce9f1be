//! helmx's engine against Helm's own code, on cases that nobody thought of.
//!
//! `cargo test -p helmx-tests --test differential` asks a few thousand; `… -- --cases 200000 [--seed N] [--mode M]`
//! as many as wanted. Everything follows from the seed, which is printed. Needs Go for the oracle.

/// A case, and what helmx makes of it.
mod case;
/// Random cases: templates with values, and texts of the other grammars.
mod generate;
/// Helm's side: a Go program that answers line by line.
mod oracle;

use std::collections::{BTreeMap, HashSet};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use case::{Answer, Case, Mode};
use helmx_tests::random::Random;
use oracle::Oracle;
use serde_json::Value;

/// How long the run without arguments may take.
const BOUND: Duration = Duration::from_secs(60);

/// How often Helm is asked again about a difference.
const AGAIN: usize = 20;

/// A difference that is known: which cases it concerns, and why it stays.
struct Known {
    concerns: fn(&Case, &Answer) -> bool,
    reason: &'static str,
}

const KNOWN: &[Known] = &[
    Known {
        concerns: |_, helm| matches!(helm, Answer::Failed(text) if text.starts_with("panic: ")),
        reason: "Helm's own library panics",
    },
    Known {
        concerns: |case, _| {
            case.mode == Mode::Glob && case.text().matches('{').count() > case.text().matches('}').count()
        },
        reason: "a glob whose alternatives are left open: the library matches less than it says",
    },
    Known {
        concerns: |case, helm| {
            let missed = matches!(helm, Answer::Output(text) if text == b"false");
            case.mode == Mode::Glob && missed && case.text().contains('{')
        },
        reason: "alternatives with wildcards: the library loses matches",
    },
    Known {
        concerns: |case, _| case.mode == Mode::Glob && case.text().contains("***"),
        reason: "three stars before a class or an empty text: the library counts one of them as a character",
    },
    Known {
        concerns: |case, _| {
            ["words", "list", "maps"].iter().any(|list| {
                case.text().contains(&format!("slice .Values.{list}"))
                    || case.text().contains(&format!("slice $.Values.{list}"))
            })
        },
        reason: "the capacity behind a Go slice, which no template can see",
    },
    Known {
        concerns: |case, helm| {
            said(helm).contains("toml: ")
                || (case.text().contains("fromToml") && said(helm).to_lowercase().contains("746f6d6c3a20"))
        },
        reason: "what is wrong with TOML, in another library's words",
    },
    Known {
        concerns: |case, helm| {
            let answer = serde_json::from_str(&said(helm)).unwrap_or(Value::Null);
            case.mode == Mode::Merge && has_twins(&answer["left"])
        },
        reason: "two sub-charts of one name: the second adds to a table that Helm shared between the first and its parent",
    },
];

/// Why a difference stays, if that is known.
fn reason(case: &Case, helm: &Answer) -> Option<&'static str> {
    KNOWN.iter().find(|known| (known.concerns)(case, helm)).map(|known| known.reason)
}

/// Whether two sub-charts have one name.
fn has_twins(chart: &Value) -> bool {
    let charts = chart["charts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut names = HashSet::new();
    charts.iter().any(|chart| !names.insert(chart["name"].as_str()) || has_twins(chart))
}

/// What Helm printed, or its message.
fn said(helm: &Answer) -> String {
    match helm {
        Answer::Output(text) => String::from_utf8_lossy(text).into_owned(),
        Answer::Failed(text) => text.clone(),
    }
}

/// `text` without the addresses that it shows: `%v`, `%d` and `%x` of the pointer that `.Capabilities` is, and all that as
/// part of a URL (`%3A`). They are others each time.
fn without_addresses(text: &[u8]) -> Vec<u8> {
    let small = text.to_ascii_lowercase();
    let mut kept = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        kept.push(byte);
        at += 1;
        if !NAMES.iter().any(|name| small[..at].ends_with(name)) {
            continue;
        }
        let between = small[at..].iter().take_while(|byte| b"(): +0x%3a".contains(byte)).count();
        let digits = small[at + between..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if digits >= DIGITS {
            at += between + digits;
        }
    }
    kept
}

/// What stands before an address: the name, and its bytes in `%x`.
const NAMES: [&[u8]; 2] = [b"capabilities", b"4361706162696c6974696573"];

/// Digits that an address has at least.
const DIGITS: usize = 9;

struct Options {
    cases: usize,
    seed: u64,
    mode: Option<Mode>,
    bound: Option<Duration>,
}

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("differential: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<Options> {
    let mut options = Options { cases: 4000, seed: 1, mode: None, bound: Some(BOUND) };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match word.as_str() {
            "--cases" => (options.cases, options.bound) = (value()?.parse()?, None),
            "--seed" => options.seed = value()?.parse()?,
            "--mode" => options.mode = Some(Mode::named(&value()?)?),
            "--nocapture" | "--quiet" => {}
            other => bail!("unknown argument {other}; known: --cases N, --seed N, --mode NAME"),
        }
    }
    Ok(options)
}

/// The number of unexplained differences.
fn run(options: &Options) -> Result<usize> {
    let mut oracle = Oracle::start()?;
    let mut random = Random::new(options.seed);
    let start = Instant::now();
    let (mut asked, mut failing, mut found) = (0, 0, BTreeMap::<String, Vec<Case>>::new());
    let mut known = BTreeMap::<&str, usize>::new();
    while asked < options.cases && options.bound.is_none_or(|bound| start.elapsed() < bound) {
        let mode = options.mode.unwrap_or_else(|| Mode::any(&mut random));
        let case = generate::case(mode, &mut random);
        asked += 1;
        let (helm, own) = (oracle.ask(&case)?, case.answer());
        failing += usize::from(matches!(helm, Answer::Failed(_)));
        if let Some(cause) = difference(&helm, &own) {
            if let Some(reason) = reason(&case, &helm) {
                *known.entry(reason).or_default() += 1;
                continue;
            }
            if let Some(reason) = varies(&case, (&helm, &own), &mut oracle)? {
                *known.entry(reason).or_default() += 1;
                continue;
            }
            let cause = format!("{:?}: {cause}", case.mode);
            let small = minimise(case, &mut oracle)?;
            found.entry(cause).or_default().push(small);
        }
    }
    for (cause, cases) in &found {
        report(cause, cases, &mut oracle)?;
    }
    for (reason, count) in &known {
        println!("known: {count} cases: {reason}");
    }
    let total: usize = found.values().map(Vec::len).sum();
    let (seed, seconds) = (options.seed, start.elapsed().as_secs());
    println!(
        "seed {seed}: {asked} cases in {seconds} s, {failing} fail in Helm, {total} differ in {} ways",
        found.len()
    );
    Ok(total)
}

/// Why the answers differ, if Helm's own do.
fn varies(case: &Case, (helm, own): (&Answer, &Answer), oracle: &mut Oracle) -> Result<Option<&'static str>> {
    let mut answers = vec![helm.clone()];
    for _ in 0..AGAIN {
        let answer = oracle.ask(case)?;
        if difference(&answer, own).is_none() {
            return Ok(Some("Helm's own answer varies with the order of Go's maps"));
        }
        if !answers.contains(&answer) {
            answers.push(answer);
        }
    }
    Ok((answers.len() > AGAIN)
        .then_some("Helm's own answer is another one each time: a piece or a digest of an address"))
}

/// A short name of how the two differ, if they do.
fn difference(helm: &Answer, own: &Answer) -> Option<String> {
    let differ = |helm: &[u8], own: &[u8]| helm != own && without_addresses(helm) != without_addresses(own);
    match (helm, own) {
        (Answer::Output(helm), Answer::Output(own)) => differ(helm, own).then(|| "output".to_owned()),
        (Answer::Failed(helm), Answer::Failed(own)) => {
            differ(helm.as_bytes(), own.as_bytes()).then(|| format!("message: {}", blurred(helm)))
        }
        (Answer::Failed(helm), Answer::Output(_)) => Some(format!("only Helm fails: {}", blurred(helm))),
        (Answer::Output(_), Answer::Failed(own)) => Some(format!("only helmx fails: {}", blurred(own))),
    }
}

/// The last part of a message, by which differences are put together.
fn blurred(message: &str) -> String {
    let last = message.lines().last().unwrap_or_default();
    let kept = |c: &char| !c.is_ascii_digit();
    last.rsplit("calling ").next().unwrap_or(last).chars().filter(kept).take(48).collect()
}

/// Leaves out parts as long as the two still differ.
fn minimise(mut case: Case, oracle: &mut Oracle) -> Result<Case> {
    let mut index = 0;
    while index < case.parts.len() && case.parts.len() > 1 {
        let mut smaller = case.clone();
        smaller.parts.remove(index);
        let helm = oracle.ask(&smaller)?;
        if difference(&helm, &smaller.answer()).is_some() && reason(&smaller, &helm).is_none() {
            case = smaller;
        } else {
            index += 1;
        }
    }
    Ok(case)
}

fn report(cause: &str, cases: &[Case], oracle: &mut Oracle) -> Result<()> {
    println!("--- {cause} ({} cases)", cases.len());
    let Some(case) = cases.iter().min_by_key(|case| case.text().len()) else { return Ok(()) };
    println!("{:?} {:?} {:?} {}", case.mode, case.text(), case.other, case.values);
    println!("  helm  {}", oracle.ask(case)?);
    println!("  helmx {}", case.answer());
    Ok(())
}
