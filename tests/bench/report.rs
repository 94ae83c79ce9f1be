//! The table: workload, helm, helmx, ratio, target.

use std::time::Duration;

use crate::compare::Same;

/// Medians, extremes and peak memory of one side.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    pub median: Duration,
    pub min: Duration,
    pub max: Duration,
    pub peak_kib: u64,
}

/// What is wanted of helmx.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// Helm's time divided by ours is at least that.
    Ratio(f64),
    /// The same, and a quarter of the memory at most.
    RatioAndQuarter(f64),
    /// Our median is at most that.
    Time(Duration),
    /// Nothing is promised; the row puts another one into proportion.
    None,
}

/// One measured workload.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub helm: Option<Side>,
    pub helmx: Side,
    pub target: Target,
    pub same: Same,
}

impl Side {
    /// Of at least one time; of none, zeros.
    pub fn of(mut times: Vec<Duration>, peak_kib: u64) -> Self {
        times.sort();
        let at = |index: usize| times.get(index).copied().unwrap_or_default();
        Self { median: at(times.len() / 2), min: at(0), max: at(times.len().saturating_sub(1)), peak_kib }
    }

    fn text(&self) -> String {
        let memory = self.peak_kib as f64 / 1024.0;
        let memory = if self.peak_kib == 0 { String::new() } else { format!(" {memory:.0} MiB") };
        format!("{} ({}–{}){memory}", time(self.median), time(self.min), time(self.max))
    }
}

impl Row {
    fn ratio(&self) -> Option<f64> {
        self.helm.map(|helm| helm.median.as_secs_f64() / self.helmx.median.as_secs_f64())
    }

    fn is_met(&self) -> Option<bool> {
        let ratio = self.ratio().unwrap_or_default();
        let is_quarter = self.helm.is_some_and(|helm| self.helmx.peak_kib * 4 <= helm.peak_kib);
        match self.target {
            Target::Ratio(wanted) => Some(ratio >= wanted),
            Target::RatioAndQuarter(wanted) => Some(ratio >= wanted && is_quarter),
            Target::Time(limit) => Some(self.helmx.median <= limit),
            Target::None => None,
        }
    }
}

/// Prints all rows with a column each for what was wanted and whether it was met.
pub fn print(rows: &[Row]) {
    println!("Median (fastest–slowest), peak memory; helm and helmx take turns.");
    println!();
    let header = ["workload", "helm", "helmx", "ratio", "target", "met", "output"].map(str::to_owned);
    let mut lines = vec![header];
    lines.extend(rows.iter().map(cells));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..7).map(width).collect();
    for line in &lines {
        let padded: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        println!("{}", padded.join("  ").trim_end());
    }
}

fn cells(row: &Row) -> [String; 7] {
    let target = match row.target {
        Target::Ratio(wanted) => format!("≥ {wanted}×"),
        Target::RatioAndQuarter(wanted) => format!("≥ {wanted}×, ≤ 1/4 memory"),
        Target::Time(limit) => format!("≤ {}", time(limit)),
        Target::None => "-".to_owned(),
    };
    let met = row.is_met().map_or("-", |met| if met { "yes" } else { "NO" });
    let same = match &row.same {
        Same::Identical => "identical".to_owned(),
        Same::Varying { lines } => format!("identical but {lines} lines that vary in helm too"),
        Same::Different(how) => format!("DIFFERENT: {how}"),
        Same::NotCompared => "-".to_owned(),
    };
    [
        row.name.clone(),
        row.helm.map_or("-".to_owned(), |side| side.text()),
        row.helmx.text(),
        row.ratio().map_or("-".to_owned(), |ratio| format!("{ratio:.1}×")),
        target,
        met.to_owned(),
        same,
    ]
}

fn time(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1000.0;
    match millis {
        0.0..10.0 => format!("{millis:.2} ms"),
        10.0..1000.0 => format!("{millis:.0} ms"),
        _ => format!("{:.2} s", millis / 1000.0),
    }
}
