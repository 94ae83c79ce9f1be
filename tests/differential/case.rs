//! A case, and what helmx makes of it.

use std::fmt;

use anyhow::{Context, Result};
use helmx_chart::glob::Glob;
use helmx_chart::semver::{Constraint, Version};
use helmx_chart::{Capabilities, Chart, File, Metadata, dependency, strvals, values};
use helmx_engine::{Host, Input, Limits, MissingKey, Mode as EngineMode, Operation, ReleaseInfo, render};
use helmx_yaml::{Data, Map, json};
use jiff::Timestamp;
use serde_json::Value;

use helmx_tests::random::Random;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Template,
    Set,
    SetString,
    Merge,
    Constraint,
    Decode,
    Encode,
    Glob,
}

/// The modes as the oracle knows them, and how often each is chosen.
const MODES: &[(Mode, &str, usize)] = &[
    (Mode::Template, "template", 12),
    (Mode::Set, "set", 1),
    (Mode::SetString, "set-string", 1),
    (Mode::Merge, "merge", 1),
    (Mode::Constraint, "constraint", 1),
    (Mode::Decode, "decode", 2),
    (Mode::Encode, "encode", 1),
    (Mode::Glob, "glob", 1),
];

impl Mode {
    pub fn named(name: &str) -> Result<Self> {
        let found = MODES.iter().find(|(_, known, _)| *known == name);
        found.map(|(mode, ..)| *mode).with_context(|| format!("no mode {name}"))
    }

    pub fn name(self) -> &'static str {
        MODES.iter().find(|(mode, ..)| *mode == self).map_or("", |(_, name, _)| name)
    }

    pub fn any(random: &mut Random) -> Self {
        let mut left = random.below(MODES.iter().map(|(.., weight)| weight).sum());
        for (mode, _, weight) in MODES {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return *mode,
            }
        }
        Self::Template
    }
}

/// Which of the fields mean something depends on the mode.
#[derive(Clone, Debug)]
pub struct Case {
    pub mode: Mode,
    /// The text, in pieces that can be left out.
    pub parts: Vec<String>,
    pub other: String,
    pub values: Value,
}

/// What one side makes of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Output(Vec<u8>),
    Failed(String),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Output(bytes) => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
            Self::Failed(text) => write!(f, "fails: {text}"),
        }
    }
}

impl Case {
    pub fn text(&self) -> String {
        self.parts.concat()
    }

    pub fn answer(&self) -> Answer {
        let text = self.text();
        let answer = match self.mode {
            Mode::Template => {
                return rendered(&text, &self.values).map_or_else(Answer::Failed, Answer::Output);
            }
            Mode::Set => set(&text, strvals::set),
            Mode::SetString => set(&text, strvals::set_string),
            Mode::Merge => merged(&self.values),
            Mode::Constraint => checked(&text, &self.other),
            Mode::Decode => helmx_yaml::decode(text.as_bytes()).map_err(shown).and_then(|data| written(&data)),
            Mode::Encode => helmx_yaml::encode(&floats(&self.values)).map_err(shown),
            Mode::Glob => match Glob::new(&text, &['/']) {
                Ok(glob) => Ok(glob.is_match(&self.other).to_string()),
                Err(error) => Err(error.to_string()),
            },
        };
        answer.map_or_else(Answer::Failed, |text| Answer::Output(text.into_bytes()))
    }
}

fn shown(error: impl fmt::Display) -> String {
    error.to_string()
}

fn written(data: &Data) -> Result<String, String> {
    json::encode(data).map_err(shown)
}

/// As Go reads JSON: every number is a float.
fn floats(values: &Value) -> Data {
    Data::from(values.clone()).with_float_numbers()
}

fn set<E: fmt::Display>(text: &str, parse: impl Fn(&str, &mut Map) -> Result<(), E>) -> Result<String, String> {
    let mut values = Map::new();
    parse(text, &mut values).map_err(shown)?;
    written(&Data::Map(values))
}

/// Values over those of a chart and its sub-charts, and which of these are left under which names.
fn merged(values: &Value) -> Result<String, String> {
    let mut chart = described(&values["chart"])?;
    let user = floats(&values["user"]).into_map();
    dependency::process(&mut chart, &user, &mut Vec::new()).map_err(shown)?;
    let merged = values::coalesce(&chart, &user, &mut Vec::new()).map_err(shown)?;
    let answer = [("left".to_owned(), left(&chart)), ("values".to_owned(), Data::Map(merged))];
    written(&Data::Map(Map::from(answer)))
}

fn described(value: &Value) -> Result<Chart, String> {
    let metadata = Metadata::parse(value["metadata"].to_string().as_bytes()).map_err(shown)?;
    let charts = value["charts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let dependencies = charts.iter().map(described).collect::<Result<_, _>>()?;
    Ok(Chart { metadata, values: floats(&value["values"]).into_map(), dependencies, ..Chart::default() })
}

fn left(chart: &Chart) -> Data {
    let charts = Data::List(chart.dependencies.iter().map(left).collect());
    let name = Data::String(chart.name().to_owned());
    Data::Map(Map::from([("charts".to_owned(), charts), ("name".to_owned(), name)]))
}

fn checked(constraint: &str, version: &str) -> Result<String, String> {
    let version = Version::parse(version).map_err(shown)?;
    Ok(Constraint::parse(constraint).map_err(shown)?.check(&version).to_string())
}

fn rendered(text: &str, values: &Value) -> Result<Vec<u8>, String> {
    let metadata = Metadata {
        api_version: "v2".to_owned(),
        name: "c".to_owned(),
        version: "1.2.3".to_owned(),
        app_version: "4.5".to_owned(),
        ..Metadata::default()
    };
    let templates = vec![File::new("templates/t", text.as_bytes().to_vec())];
    let chart = Chart { metadata, templates, ..Chart::default() };
    let release =
        ReleaseInfo { name: "rel".to_owned(), namespace: "ns".to_owned(), revision: 1, operation: Operation::Install };
    let input = Input {
        chart: &chart,
        values: &floats(values).into_map(),
        release: &release,
        capabilities: &Capabilities::default(),
        host: &Alone,
        limits: Limits::default(),
        mode: EngineMode::Render,
        missing_key: MissingKey::Zero,
    };
    let mut rendered = render(&input).map_err(shown)?;
    Ok(rendered.remove("c/templates/t").unwrap_or_default().as_printed().to_vec())
}

/// No cluster, no time, no randomness: no generated template asks for them.
struct Alone;

impl Host for Alone {
    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Data, String> {
        Ok(Data::Map(Map::new()))
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn random(&self, _: &mut [u8]) -> Result<(), String> {
        Err("no randomness here".to_owned())
    }
}
