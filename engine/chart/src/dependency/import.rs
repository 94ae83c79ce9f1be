//! `import-values`: what children export becomes part of the parent's defaults.

use helmx_yaml::{Data, Map};

use crate::chart::Chart;
use crate::values::{self, Error};
use crate::warning::Warning;

/// Children first, so that imports pass through several levels. Nulls are kept: user values may still need them.
pub(super) fn process(chart: &mut Chart, log: &mut Vec<Warning>) -> Result<(), Error> {
    for dependency in &mut chart.dependencies {
        process(dependency, log)?;
    }
    let Some(entries) = &mut chart.metadata.dependencies else { return Ok(()) };
    let mut entries = std::mem::take(entries);
    let values = Data::Map(values::merge(chart, &Map::new(), log)?);
    let mut imported = Map::new();
    for entry in &mut entries {
        let mut items = Vec::new();
        for item in &entry.import_values {
            let Some(import) = Import::read(item) else { continue };
            items.push(import.normalised());
            match table(&values, &format!("{}.{}", entry.name, import.child)) {
                Ok(table) => imported = add(&imported, table, &import.parent, log),
                Err(key) => log.push(import.missing(&entry.name, key)),
            }
        }
        entry.import_values = items;
    }
    chart.metadata.dependencies = Some(entries);
    chart.values = values.into_map();
    values::merge_under(&mut chart.values, &imported, log);
    Ok(())
}

/// The table at a path, or the first key on the way that leads to none.
fn table<'v, 'p>(values: &'v Data, path: &'p str) -> Result<&'v Map, &'p str> {
    let found = path
        .split('.')
        .try_fold(values, |table, key| table.get(key).filter(|inner| inner.as_map().is_some()).ok_or(key));
    found?.as_map().ok_or(path)
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

/// What was imported first wins.
fn add(imported: &Map, table: &Map, parent: &str, log: &mut Vec<Warning>) -> Map {
    let mut nested = table.clone();
    if parent != "." {
        for key in parent.split('.').rev() {
            nested = Map::from([(key.to_owned(), Data::Map(nested))]);
        }
    }
    values::merge_tables(imported, &nested, log)
}
