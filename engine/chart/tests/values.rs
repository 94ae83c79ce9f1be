//! `coalesce.json` and `dependencies.json`: how values and sub-charts come together.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "vectors/chart.rs"]
mod described;
#[path = "vectors/lib.rs"]
mod vectors;

use described::{chart, map};
use helmx_chart::values::{coalesce, coalesce_tables, merge, merge_tables};
use helmx_chart::{Chart, dependency};
use helmx_yaml::{Data, Map};
use serde_json::{Value, json};

#[test]
fn coalesce_rows() {
    vectors::check("coalesce.json", &[], |row| {
        let log = &mut Vec::new();
        let outcome = match row["fn"].as_str().unwrap() {
            "coalesce" => coalesce(&chart(&row["chart"]), &map(&row["values"]), log),
            "merge" => merge(&chart(&row["chart"]), &map(&row["values"]), log),
            "coalesce_tables" => Ok(coalesce_tables(&map(&row["dst"]), &map(&row["src"]), log)),
            _ => Ok(merge_tables(&map(&row["dst"]), &map(&row["src"]), log)),
        };
        outcome.map(|merged| Data::Map(merged).into()).map_err(|error| error.to_string())
    });
}

/// No values and an empty table are the same to everything that reads them.
fn table(values: &Map) -> Value {
    Data::Map(values.clone()).into()
}

/// The charts that are left.
fn tree(chart: &Chart) -> Value {
    let dependencies: Vec<Value> = chart.dependencies.iter().map(tree).collect();
    json!({"name": chart.name(), "values": table(&chart.values), "dependencies": dependencies})
}

#[test]
fn dependency_rows() {
    vectors::check("dependencies.json", &[], |row| {
        let (mut chart, values) = (chart(&row["chart"]), map(&row["values"]));
        let log = &mut Vec::new();
        dependency::process(&mut chart, &values, log).map_err(|error| error.to_string())?;
        let coalesced = coalesce(&chart, &values, log).map_err(|error| error.to_string())?;
        let entries = chart.metadata.dependencies.iter().flatten();
        Ok(json!({
            "coalesced": table(&coalesced),
            "metadata_dependencies": entries.map(|entry| {
                json!({"name": entry.name, "alias": entry.alias, "enabled": entry.enabled})
            }).collect::<Vec<_>>(),
            "tree": tree(&chart),
        }))
    });
}
