//! The engine without a process around it: the chart is parsed and its values are merged before time is taken.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
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

/// How long each of that many renders took.
pub fn renders(chart: &Path, rounds: usize) -> Result<Vec<Duration>> {
    let mut chart = archive::load(&std::fs::read(chart)?)?;
    dependency::process(&mut chart, &Map::new(), &mut Vec::new())?;
    let merged = values::for_render(&chart, &Map::new(), true, &mut Vec::new())?;
    let release =
        ReleaseInfo { name: "rel".to_owned(), namespace: "ns".to_owned(), revision: 1, operation: Operation::Install };
    let input = Input {
        chart: &chart,
        values: &merged,
        release: &release,
        capabilities: &Capabilities::default(),
        host: &Still,
        limits: Limits::default(),
        mode: Mode::Render,
        missing_key: MissingKey::Zero,
    };
    let parsed = ParsedTemplates::new();
    render_parsed(&input, &parsed)?;
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds.max(1) {
        let start = Instant::now();
        render_parsed(&input, &parsed)?;
        times.push(start.elapsed());
    }
    Ok(times)
}
