//! What is measured, and what is wanted of it (targets for a machine with two cores).

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use crate::charts::{self, corpus};
use crate::compare::{Same, compare};
use crate::process::{self, Outcome};
use crate::report::{Row, Side, Target};
use crate::warm;

/// The programs that are compared.
pub struct Programs {
    pub helm: PathBuf,
    pub helmx: PathBuf,
}

/// Something to be done by both.
pub struct Workload {
    pub name: String,
    kind: Kind,
    target: Target,
    scratch: PathBuf,
}

enum Kind {
    /// `template rel CHART`, as often as the rounds say.
    Template(PathBuf),
    /// The same where times vary with luck: three times as often.
    Lucky(PathBuf),
    /// All charts once, a process each: the sum.
    Each(Vec<PathBuf>),
    /// The version: another output by nature.
    Version,
    /// The engine in this process, chart parsed and template set prepared.
    Warm(PathBuf),
}

/// All workloads; generated charts are put into `folder`.
pub fn all(folder: &Path) -> Result<Vec<Workload>> {
    let single = |name: &str, helpers: &str, template: &str| charts::single(folder, name, helpers, template);
    let millis = |count: u64| Target::Time(Duration::from_millis(count));
    let stack = corpus("kube-prometheus-stack-88.5.3");
    let (equal, different, include) = (
        "x: {{ range $i := until 5000 }}{{ tpl \"hello {{ .Values.name }}\" $ }} {{ end }}\n",
        "x: {{ range $i := until 5000 }}{{ tpl (printf \"%d {{ .Values.name }}\" $i) $ }} {{ end }}\n",
        "x: {{ range $i := until 100000 }}{{ include \"greeting\" $ }} {{ end }}\n",
    );
    let greeting = "{{ define \"greeting\" }}hello {{ .Values.name }}{{ end }}\n";
    let rows = [
        ("kube-prometheus-stack", Kind::Template(stack.clone()), Target::RatioAndQuarter(10.0)),
        ("corpus: 291 charts, sum", Kind::Each(charts::all_of_corpus()?), Target::Ratio(10.0)),
        ("kube-prometheus-stack, prepared, in process", Kind::Warm(stack), millis(6)),
        ("umbrella: 25 aliases", Kind::Template(charts::aliases(folder, 25)?), Target::None),
        ("umbrella: 100 aliases", Kind::Template(charts::aliases(folder, 100)?), millis(250)),
        ("umbrella: 50 folders", Kind::Template(charts::folders(folder, 50)?), millis(150)),
        ("5,000 equal tpl", Kind::Template(single("equal", "", equal)?), millis(25)),
        ("5,000 different tpl", Kind::Template(single("different", "", different)?), millis(60)),
        ("100,000 include", Kind::Template(single("include", greeting, include)?), millis(60)),
        ("keys: harbor", Kind::Lucky(corpus("harbor-1.4.0-dev")), Target::Ratio(3.0)),
        ("keys: apisix", Kind::Lucky(corpus("apisix-6.0.2")), Target::Ratio(3.0)),
        ("keys: chaos-mesh", Kind::Lucky(corpus("chaos-mesh-0.0.0")), Target::Ratio(3.0)),
        ("start: version", Kind::Version, millis(5)),
        ("start: empty chart", Kind::Template(single("empty", "", "")?), millis(5)),
    ];
    let workload = |(name, kind, target): (&str, Kind, Target)| Workload {
        name: name.to_owned(),
        kind,
        target,
        scratch: folder.to_owned(),
    };
    Ok(rows.into_iter().map(workload).collect())
}

impl Workload {
    pub fn measure(&self, programs: &Programs, rounds: usize) -> Result<Row> {
        match &self.kind {
            Kind::Template(chart) => self.turns(programs, rounds, &Commands::template(chart)),
            Kind::Lucky(chart) => self.turns(programs, rounds * 3, &Commands::template(chart)),
            Kind::Version => self.turns(programs, rounds * 3, &Commands::version()),
            Kind::Each(charts) => self.sum(programs, charts),
            Kind::Warm(chart) => {
                let helmx = Side::of(warm::renders(chart, rounds * 10)?, 0);
                Ok(self.row(None, helmx, Same::NotCompared))
            }
        }
    }

    /// Both, in turns, so that both see the same neighbours on the machine.
    fn turns(&self, programs: &Programs, rounds: usize, commands: &Commands) -> Result<Row> {
        let helm = || process::run(&programs.helm, &commands.helm, &self.scratch);
        let helmx = || process::run(&programs.helmx, &commands.helmx, &self.scratch);
        // The first run of each warms the page cache and is compared, not timed.
        let (first, own) = (helm()?, helmx()?);
        let same = if commands.comparable { compare(&first, &own, helm) } else { Same::NotCompared };
        let (mut helms, mut helmxes) = (Vec::new(), Vec::new());
        for _ in 0..rounds.max(1) {
            helms.push(helm()?);
            helmxes.push(helmx()?);
        }
        Ok(self.row(Some(side(&helms)), side(&helmxes), same))
    }

    /// Every chart once by each; the sums of times, the highest memory.
    fn sum(&self, programs: &Programs, charts: &[PathBuf]) -> Result<Row> {
        let (mut helms, mut helmxes) = (Vec::new(), Vec::new());
        let (mut varying, mut problems) = (0, Vec::new());
        for chart in charts {
            process::warm(chart)?;
            let commands = Commands::template(chart);
            let run_helm = || process::run(&programs.helm, &commands.helm, &self.scratch);
            let (helm, helmx) = (run_helm()?, process::run(&programs.helmx, &commands.helmx, &self.scratch)?);
            match compare(&helm, &helmx, run_helm) {
                Same::Identical | Same::NotCompared => {}
                Same::Varying { lines } => varying += lines,
                Same::Different(how) => problems.push(format!("{}: {how}", chart.display())),
            }
            helms.push(helm);
            helmxes.push(helmx);
        }
        let same = match (problems.is_empty(), varying) {
            (true, 0) => Same::Identical,
            (true, lines) => Same::Varying { lines },
            (false, _) => Same::Different(format!("{} charts:\n  {}", problems.len(), problems.join("\n  "))),
        };
        Ok(self.row(Some(total(&helms)), total(&helmxes), same))
    }

    fn row(&self, helm: Option<Side>, helmx: Side, same: Same) -> Row {
        Row { name: self.name.clone(), helm, helmx, target: self.target, same }
    }
}

struct Commands {
    helm: Vec<String>,
    helmx: Vec<String>,
    comparable: bool,
}

impl Commands {
    fn template(chart: &Path) -> Self {
        let words = ["template", "rel", &chart.display().to_string(), "--namespace", "ns"].map(str::to_owned);
        Self { helm: words.to_vec(), helmx: words.to_vec(), comparable: true }
    }

    fn version() -> Self {
        let words = |words: [&str; 2]| words.map(str::to_owned).to_vec();
        Self { helm: words(["version", "--short"]), helmx: words(["version", "--client"]), comparable: false }
    }
}

fn side(outcomes: &[Outcome]) -> Side {
    Side::of(outcomes.iter().map(|outcome| outcome.wall).collect(), peak(outcomes))
}

fn total(outcomes: &[Outcome]) -> Side {
    Side::of(vec![outcomes.iter().map(|outcome| outcome.wall).sum()], peak(outcomes))
}

fn peak(outcomes: &[Outcome]) -> u64 {
    outcomes.iter().map(|outcome| outcome.peak_kib).max().unwrap_or_default()
}
