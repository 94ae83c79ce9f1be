//! `import-values`: what children export becomes part of the parent's defaults.

use helmx_yaml::{Data, Map};

use super::graph::{Endless, Imports, Table};
use crate::chart::Chart;
use crate::metadata::Dependency;
use crate::values::{self, Error};
use crate::warning::Warning;

/// Children first, so that imports pass through several levels. Nulls are kept: user values may still need them.
pub(super) fn process(chart: &mut Chart, log: &mut Vec<Warning>) -> Result<(), Error> {
    for dependency in &mut chart.dependencies {
        process(dependency, log)?;
    }
    let Some(mut entries) = chart.metadata.dependencies.take() else { return Ok(()) };
    let values = values::merge(chart, &Map::new(), log)?;
    let found = import(&mut entries, values, log);
    chart.metadata.dependencies = Some(entries);
    chart.values = found.map_err(|Endless| Error::Imports(chart.name().to_owned()))?;
    Ok(())
}

/// The values with what is imported from them. Helm's imports are the very tables that they come from, so that one import
/// can change what the next one finds.
fn import(entries: &mut [Dependency], values: Map, log: &mut Vec<Warning>) -> Result<Map, Endless> {
    if entries.iter().all(|entry| entry.import_values.is_empty()) {
        return Ok(values);
    }
    let (values, imported) = (Table::of_chart(&values), Table::default());
    let done = import_all(entries, &values, &mut Imports::new(imported.clone(), log));
    let merged = done.and_then(|()| {
        // The imports hold each other's tables still; the values are a copy.
        let own = Table::from(values.spell_out()?);
        Imports::new(own.clone(), log).add(&imported)?;
        own.spell_out()
    });
    values.dissolve();
    imported.dissolve();
    merged
}

fn import_all(entries: &mut [Dependency], values: &Table, imports: &mut Imports<'_>) -> Result<(), Endless> {
    for entry in entries {
        let mut items = Vec::new();
        for item in &entry.import_values {
            let Some(import) = Import::read(item) else { continue };
            items.push(import.normalised());
            match values.at(&format!("{}.{}", entry.name, import.child)) {
                // What was imported first wins.
                Ok(table) if import.parent == "." => imports.add(&table)?,
                Ok(table) => imports.add(&table.below(&import.parent)?)?,
                Err(key) => imports.warn(import.missing(&entry.name, key)),
            }
        }
        entry.import_values = items;
    }
    Ok(())
}

/// One item of `import-values`.
struct Import {
    /// It is a name alone.
    is_short: bool,
    /// Path below the sub-chart's values.
    child: String,
    /// Path below the parent's values; `.` is all of them.
    parent: String,
}

impl Import {
    /// `{child, parent}`, or the name of a table below `exports`. Anything else is passed over.
    fn read(item: &Data) -> Option<Import> {
        match item {
            Data::Map(map) => {
                // Helm formats whatever stands there, or stands not, with `%v`.
                let text = |key: &str| match map.get(key) {
                    Some(Data::String(text)) => text.clone(),
                    None | Some(Data::Null) => "<nil>".to_owned(),
                    Some(other) => helmx_yaml::json::encode(other).unwrap_or_default(),
                };
                Some(Import { is_short: false, child: text("child"), parent: text("parent") })
            }
            Data::String(name) => {
                Some(Import { is_short: true, child: format!("exports.{name}"), parent: ".".to_owned() })
            }
            Data::Null | Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::List(_) => None,
        }
    }

    fn missing(&self, chart: &str, key: &str) -> Warning {
        let error = format!("{key:?} is not a table");
        match self.is_short {
            true => Warning::warn("ImportValues missing table", &[("error", &error)]),
            false => Warning::warn("ImportValues missing table from chart", &[("chart", chart), ("error", &error)]),
        }
    }

    /// The form that ends up in the release record.
    fn normalised(&self) -> Data {
        let entries = [("child", &self.child), ("parent", &self.parent)];
        entries.into_iter().map(|(key, text)| (key.to_owned(), Data::String(text.clone()))).collect()
    }
}
