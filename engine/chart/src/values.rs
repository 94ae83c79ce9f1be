//! Merging chart defaults, parents' values, globals and the user's values (`pkg/chart/common/util/coalesce.go`).

mod document;
mod globals;
mod table;

use helmx_yaml::{Data, Map, format_float};

use crate::chart::Chart;
use crate::warning::Warning;
use globals::Shared;
use table::{Defaults, Path};

pub use document::{DocumentError, parse_values};
pub use table::{coalesce_tables, merge_documents, merge_tables};

/// The key under which values are handed down to all sub-charts.
pub(crate) const GLOBAL: &str = "global";

/// Why values do not fit a chart.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The value under a sub-chart's name is not a table. The text is what Go's `fmt` makes of Helm's message.
    #[error("type mismatch on {chart}: {value}")]
    TypeMismatch { chart: String, value: String },
    /// Imported tables that hold each other would be endless, and the same table can be imported to many places.
    #[error("import-values of chart {0} make tables that are too deep or too large; import less, or to other places")]
    Imports(String),
    #[error(transparent)]
    Schema(#[from] crate::schema::Error),
}

/// What a null in higher values does to a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// It removes the default, and itself.
    Delete,
    /// It stays, to act in a later pass.
    Keep,
}

/// The values templates see: the user's over the chart's and its sub-charts', globals handed down, nulls
/// deleting defaults (Helm's `CoalesceValues`).
///
/// # Errors
/// [`Error::TypeMismatch`] if the value under a sub-chart's name is no table.
pub fn coalesce(chart: &Chart, values: &Map, log: &mut Vec<Warning>) -> Result<Map, Error> {
    combine(chart, values, Nulls::Delete, log)
}

/// Like [`coalesce`], but nulls are kept for a later pass (Helm's `MergeValues`).
pub fn merge(chart: &Chart, values: &Map, log: &mut Vec<Warning>) -> Result<Map, Error> {
    combine(chart, values, Nulls::Keep, log)
}

/// [`coalesce`], then validation against every chart's schema unless `skip_schema` (`--skip-schema-validation`).
/// Call [`crate::dependency::process`] first.
pub fn for_render(chart: &Chart, values: &Map, skip_schema: bool, log: &mut Vec<Warning>) -> Result<Map, Error> {
    let merged = coalesce(chart, values, log)?;
    if !skip_schema {
        crate::schema::validate_chart(chart, &merged)?;
    }
    Ok(merged)
}

fn combine(chart: &Chart, values: &Map, nulls: Nulls, log: &mut Vec<Warning>) -> Result<Map, Error> {
    let mut values = values.clone();
    let shared = combine_chart(chart, &mut values, &Pass { nulls, path: chart.name().to_owned() }, log)?;
    globals::distribute(&mut values, &shared);
    Ok(values)
}

/// One chart's turn.
struct Pass {
    nulls: Nulls,
    /// Names of the charts down to this one, for messages.
    path: String,
}

fn combine_chart(chart: &Chart, values: &mut Map, pass: &Pass, log: &mut Vec<Warning>) -> Result<Vec<Shared>, Error> {
    add_defaults(chart, values, pass, log);
    let mut shared = Vec::new();
    for dependency in &chart.dependencies {
        let name = dependency.name();
        let own = values.entry(name.to_owned()).or_insert_with(|| Data::Map(Map::new()));
        if own.as_map().is_none() {
            return Err(Error::TypeMismatch { chart: name.to_owned(), value: bad_verb(own) });
        }
        let Data::Map(mut own) = std::mem::take(own) else { continue };
        let lent = globals::hand_down(&mut own, values.get_mut(GLOBAL), &pass.path, log);
        let inner = Pass { nulls: pass.nulls, path: format!("{}.{name}", pass.path) };
        let below = combine_chart(dependency, &mut own, &inner, log)?;
        shared.push(lent.give_back(name, &mut own, values.get_mut(GLOBAL), below));
        values.insert(name.to_owned(), Data::Map(own));
    }
    Ok(shared)
}

/// Puts the chart's own defaults under `values`.
fn add_defaults(chart: &Chart, values: &mut Map, pass: &Pass, log: &mut Vec<Warning>) {
    let deleting = pass.nulls == Nulls::Delete;
    for (key, default) in &chart.values {
        match (values.get_mut(key), default) {
            (Some(Data::Null), _) if deleting => {
                values.remove(key);
            }
            (Some(Data::Map(table)), Data::Map(default)) => {
                let is_chart = chart.dependencies.iter().any(|dependency| dependency.name() == key);
                let nulls = if is_chart { Nulls::Keep } else { pass.nulls };
                let defaults = match nulls {
                    Nulls::Delete => Defaults::without_nulls(default),
                    Nulls::Keep => Defaults::whole(default),
                };
                table::combine(table, defaults, nulls, &Path::new(&pass.path).join(key), log);
            }
            (Some(Data::Map(_)), Data::Null) => {}
            (Some(Data::Map(_)), _) => {
                let message = format!("warning: skipped value for {}.{key}: Not a table.", pass.path);
                log.push(Warning::info(message, &[]));
            }
            // Scalars and lists replace defaults as a whole.
            (Some(_), _) => {}
            (None, Data::Null) if deleting => {}
            (None, Data::Map(table)) if deleting => {
                values.insert(key.clone(), Data::Map(table::without_nulls(table)));
            }
            (None, _) => {
                values.insert(key.clone(), default.clone());
            }
        }
    }
}

/// `%t` of a value that is no boolean, as Go's `fmt` reports the mistake: `%!t(string=x)`.
fn bad_verb(value: &Data) -> String {
    match value {
        Data::Null => "%!t(<nil>)".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => format!("%!t(int={value})"),
        Data::Float(value) => format!("%!t(float64={})", format_float(*value)),
        Data::String(text) => format!("%!t(string={text})"),
        Data::List(items) => format!("[{}]", items.iter().map(bad_verb_inside).collect::<Vec<_>>().join(" ")),
        Data::Map(map) => {
            let entries = map.iter().map(|(key, value)| format!("%!t(string={key}):{}", bad_verb_inside(value)));
            format!("map[{}]", entries.collect::<Vec<_>>().join(" "))
        }
    }
}

/// `%v` of a value, for Helm's warnings.
pub(crate) fn shown(value: &Data) -> String {
    match value {
        Data::Null => "<nil>".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Float(value) => format_float(*value),
        Data::String(text) => text.clone(),
        Data::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
        Data::Map(map) => {
            let entries = map.iter().map(|(key, value)| format!("{key}:{}", shown(value)));
            format!("map[{}]", entries.collect::<Vec<_>>().join(" "))
        }
    }
}

/// The same of an item: nothing inside an interface prints as such.
fn bad_verb_inside(value: &Data) -> String {
    if value.is_null() { "<nil>".to_owned() } else { bad_verb(value) }
}
