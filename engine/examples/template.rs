//! `helm template NAME CHART [-f FILE]… [--namespace NS]`, offline: `cargo run --example template -- rel chart.tgz`.

use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::process::ExitCode;

use helmx_chart::manifest::{Assembly, TemplateOutput, template_output};
use helmx_chart::{Capabilities, archive, values};
use helmx_engine::{Host, Job, Limits, Operation, ReleaseInfo, SchemaCheck, assemble};
use helmx_yaml::{Data, Map};
use jiff::Timestamp;

/// No cluster, the real clock, the system's randomness.
struct Offline(RefCell<File>);

impl Host for Offline {
    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Data, String> {
        Ok(Data::Map(Map::new()))
    }

    #[allow(clippy::disallowed_methods, reason = "a program has a clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn random(&self, buffer: &mut [u8]) -> Result<(), String> {
        self.0.borrow_mut().read_exact(buffer).map_err(|error| error.to_string())
    }
}

struct Arguments {
    name: String,
    chart: String,
    files: Vec<String>,
    namespace: String,
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| run(&arguments)) {
        Ok(output) => {
            print!("{output}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("Error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Arguments, String> {
    let mut words = std::env::args().skip(1);
    let mut plain = Vec::new();
    let (mut files, mut namespace) = (Vec::new(), "default".to_owned());
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("flag needs an argument: {word}"));
        match word.as_str() {
            "-f" | "--values" => files.push(value()?),
            "--namespace" => namespace = value()?,
            _ => plain.push(word),
        }
    }
    match <[String; 2]>::try_from(plain) {
        Ok([name, chart]) => Ok(Arguments { name, chart, files, namespace }),
        Err(_) => Err("usage: template NAME CHART [-f FILE]… [--namespace NS]".to_owned()),
    }
}

#[allow(clippy::disallowed_methods, reason = "a program reads files")]
fn run(arguments: &Arguments) -> Result<String, String> {
    let read = |path: &str| std::fs::read(path).map_err(|error| format!("{path}: {error}"));
    let mut chart = archive::load(&read(&arguments.chart)?).map_err(|error| error.to_string())?;
    if chart.metadata.deprecated {
        eprintln!("level=WARN msg=\"this chart is deprecated\"");
    }
    let mut user = Map::new();
    for path in &arguments.files {
        let later = values::parse_values(&read(path)?).map_err(|error| format!("failed to parse {path}: {error}"))?;
        values::merge_documents(&mut user, later);
    }
    let release = ReleaseInfo {
        name: arguments.name.clone(),
        namespace: arguments.namespace.clone(),
        revision: 1,
        operation: Operation::Install,
    };
    let host = Offline(RefCell::new(File::open("/dev/urandom").map_err(|error| error.to_string())?));
    let job = Job {
        release: &release,
        capabilities: &Capabilities::default(),
        host: &host,
        limits: Limits::default(),
        assembly: Assembly::default(),
        schema: SchemaCheck::Enforced,
    };
    let assembled = assemble(&mut chart, &user, &job).map_err(|error| {
        let hint = if error.is_late() { "\n\nUse --debug flag to render out invalid YAML" } else { "" };
        format!("{error}{hint}")
    })?;
    template_output(&assembled.manifest, &assembled.hooks, &TemplateOutput::default())
        .map_err(|error| error.to_string())
}
