//! How long one render takes, without loading: `cargo run --release --example measure -- CHART.tgz [ROUNDS]`.

use std::time::{Duration, Instant};

use helmx_chart::{Capabilities, archive, dependency, values};
use helmx_engine::{Host, Input, Limits, MissingKey, Mode, Operation, ParsedTemplates, ReleaseInfo, render_parsed};
use helmx_yaml::{Data, Map};
use jiff::Timestamp;

/// Nothing to look up, a fixed clock, and the same bytes again and again for randomness.
struct Still;

impl Host for Still {
    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Data, String> {
        Ok(Data::Map(Map::new()))
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn random(&self, buffer: &mut [u8]) -> Result<(), String> {
        for (byte, index) in buffer.iter_mut().zip((0u8..=255).rev().cycle()) {
            *byte = index;
        }
        Ok(())
    }
}

#[allow(clippy::disallowed_methods, reason = "a program reads files and the clock")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = arguments.first().ok_or("usage: measure CHART.tgz [ROUNDS]")?;
    let rounds: usize = arguments.get(1).map_or(Ok(50), |rounds| rounds.parse())?;
    let bytes = std::fs::read(path)?;
    let start = Instant::now();
    let mut chart = archive::load(&bytes)?;
    let loading = start.elapsed();
    let start = Instant::now();
    dependency::process(&mut chart, &Map::new())?;
    let merged = values::for_render(&chart, &Map::new(), true)?;
    let merging = start.elapsed();
    let release =
        ReleaseInfo { name: "rel".to_owned(), namespace: "ns".to_owned(), revision: 1, operation: Operation::Install };
    let input = Input {
        chart: &chart,
        values: &merged.values,
        release: &release,
        capabilities: &Capabilities::default(),
        host: &Still,
        limits: Limits::default(),
        mode: Mode::Render,
        missing_key: MissingKey::Zero,
    };
    let mut times = Vec::with_capacity(rounds);
    let mut bytes = 0;
    let parsed = ParsedTemplates::new();
    for _ in 0..rounds.max(1) {
        let start = Instant::now();
        bytes = render_parsed(&input, &parsed)?.values().map(String::len).sum();
        times.push(start.elapsed());
    }
    times.sort();
    let median = times.get(times.len() / 2).copied().unwrap_or(Duration::ZERO);
    println!("loading {loading:?}, values {merging:?}, rendering {median:?} (median of {rounds}), {bytes} bytes");
    Ok(())
}
