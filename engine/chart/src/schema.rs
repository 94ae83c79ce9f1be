//! `values.schema.json`: validation of values, with Helm's error texts (`pkg/chart/common/util/jsonschema.go`).

mod cycle;
mod describe;
mod report;

use std::fmt::Write;

use helmx_yaml::{Data, Map, json};
use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use crate::chart::Chart;

/// The largest schema that is read.
const MAX_SCHEMA_BYTES: usize = 5_242_880;

/// How large a compiled pattern may get.
const MAX_PATTERN_BYTES: usize = 1_048_576;

/// Values that break a chart's schema, or a schema that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// For every chart its name and what is wrong, as Helm lays it out.
    #[error("values don't meet the specifications of the schema(s) in the following chart(s):\n{0}")]
    Invalid(String),
}

/// Checks `values` against the chart's schema and, under their names, its sub-charts'.
pub fn validate_chart(chart: &Chart, values: &Map) -> Result<(), Error> {
    let mut complaints = String::new();
    collect(chart, values, &mut complaints);
    if complaints.is_empty() { Ok(()) } else { Err(Error::Invalid(complaints)) }
}

fn collect(chart: &Chart, values: &Map, complaints: &mut String) {
    // Writing to a String cannot fail.
    if let Some(Err(complaint)) = chart.schema.as_deref().map(|schema| validate(schema, values)) {
        let _ = write!(complaints, "{}:\n{complaint}", chart.name());
    }
    for dependency in &chart.dependencies {
        let name = dependency.name();
        match values.get(name) {
            None | Some(Data::Null) => {}
            Some(Data::Map(inner)) => collect(dependency, inner, complaints),
            Some(other) => {
                let kind = other.go_type();
                let _ = writeln!(complaints, "{name}:\ninvalid type for values: expected object (map), got {kind}");
            }
        }
    }
}

/// Checks `values` against one schema; the error is Helm's text. References outside of the schema are refused:
/// they would let a chart read files of, and send requests from, the machine that renders it.
pub fn validate(schema: &[u8], values: &Map) -> Result<(), String> {
    if schema.len() > MAX_SCHEMA_BYTES {
        return Err(format!("the schema is larger than {MAX_SCHEMA_BYTES} bytes"));
    }
    let schema = json::decode(schema).map_err(|error| unreadable(error.message()))?;
    let schema = Value::from(schema);
    let draft = draft(&schema)?;
    cycle::check(&schema)?;
    let validator = compile(&schema, draft)?;
    let instance = Value::from(Data::Map(values.clone()));
    let errors: Vec<_> = validator.iter_errors(&instance).collect();
    if errors.is_empty() { Ok(()) } else { Err(report::render(&schema, &errors)) }
}

/// What the library that reads schemas says of bad JSON.
fn unreadable(message: &str) -> String {
    const TRAILING: &str = "after top-level value";
    match message.ends_with(TRAILING) {
        true => format!("invalid character {TRAILING}"),
        false => message.replace("unexpected end of JSON input", "unexpected EOF"),
    }
}

/// The version that `$schema` names; the newest without one.
fn draft(schema: &Value) -> Result<Draft, String> {
    let Some(name) = schema.get("$schema").and_then(Value::as_str) else { return Ok(Draft::Draft202012) };
    let known = [
        ("draft-04", Draft::Draft4),
        ("draft-06", Draft::Draft6),
        ("draft-07", Draft::Draft7),
        ("draft/2019-09", Draft::Draft201909),
        ("draft/2020-12", Draft::Draft202012),
    ];
    let path = name.trim_start_matches("http://").trim_start_matches("https://");
    let path = path.trim_end_matches('#').strip_prefix("json-schema.org/");
    match (path, known.into_iter().find(|(draft, _)| path == Some(&format!("{draft}/schema")))) {
        (_, Some((_, draft))) => Ok(draft),
        (Some("schema"), None) => Ok(Draft::Draft202012),
        (_, None) => {
            let name = name.split('#').next().unwrap_or_default();
            Err(format!("failing loading {name:?}: remote schemas are not loaded; name a known draft or none"))
        }
    }
}

fn compile(schema: &Value, draft: Draft) -> Result<Validator, String> {
    let asserts_formats = matches!(draft, Draft::Draft4 | Draft::Draft6 | Draft::Draft7);
    jsonschema::options()
        .with_draft(draft)
        .offline()
        .with_base_uri("file:///values.schema.json")
        .should_validate_formats(asserts_formats)
        .should_ignore_unknown_formats(true)
        .without_content_media_type_support("application/json")
        .without_content_encoding_support("base64")
        .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN_BYTES))
        .build(schema)
        .map_err(|error| describe::unusable_schema(schema, draft, &error))
}

/// The name of a draft's own schema, and what it has against `schema`.
fn metaschema_errors(schema: &Value, draft: Draft) -> (&'static str, String) {
    let (name, validator) = match draft {
        Draft::Draft4 => ("http://json-schema.org/draft-04/schema", jsonschema::draft4::meta::validator()),
        Draft::Draft6 => ("http://json-schema.org/draft-06/schema", jsonschema::draft6::meta::validator()),
        Draft::Draft7 => ("http://json-schema.org/draft-07/schema", jsonschema::draft7::meta::validator()),
        Draft::Draft201909 => {
            ("https://json-schema.org/draft/2019-09/schema", jsonschema::draft201909::meta::validator())
        }
        _ => ("https://json-schema.org/draft/2020-12/schema", jsonschema::draft202012::meta::validator()),
    };
    let errors: Vec<_> = validator.iter_errors(schema).collect();
    (name, report::render(schema, &errors))
}
