//! Merging two tables, of which one wins.

use helmx_yaml::{Data, Map};

use super::{Merged, Nulls};

/// `winner` over `defaults`; a null in `winner` deletes what `defaults` has there (Helm's `CoalesceTables`).
pub fn coalesce_tables(winner: &Map, defaults: &Map) -> Merged {
    combined(winner, defaults, Nulls::Delete)
}

/// `winner` over `defaults`; nulls are kept (Helm's `MergeTables`).
pub fn merge_tables(winner: &Map, defaults: &Map) -> Merged {
    combined(winner, defaults, Nulls::Keep)
}

fn combined(winner: &Map, defaults: &Map, nulls: Nulls) -> Merged {
    let mut merged = Merged { values: winner.clone(), warnings: Vec::new() };
    combine(&mut merged.values, defaults.clone(), nulls, "", &mut merged.warnings);
    merged
}

/// `later` over `base`, key by key where both are tables: how values files and documents add up.
pub fn merge_documents(base: &mut Map, later: Map) {
    for (key, value) in later {
        match (base.get_mut(&key), value) {
            (Some(Data::Map(base)), Data::Map(later)) => merge_documents(base, later),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// A table without its nulls, at any depth; lists are left alone.
pub(super) fn without_nulls(table: &Map) -> Map {
    let kept = table.iter().filter(|(_, value)| !value.is_null());
    kept.map(|(key, value)| match value {
        Data::Map(inner) => (key.clone(), Data::Map(without_nulls(inner))),
        other => (key.clone(), other.clone()),
    })
    .collect()
}

pub(super) fn combine(winner: &mut Map, defaults: Map, nulls: Nulls, path: &str, warnings: &mut Vec<String>) {
    for (key, default) in defaults {
        let full = || if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (winner.get_mut(&key), default) {
            (Some(Data::Null), default) => {
                if nulls == Nulls::Delete && !default.is_null() {
                    winner.remove(&key);
                }
            }
            (None, default) => {
                winner.insert(key, default);
            }
            (Some(Data::Map(table)), Data::Map(defaults)) => combine(table, defaults, nulls, &full(), warnings),
            (Some(Data::Map(_)), Data::Null) => {}
            (Some(Data::Map(_)), other) => warnings.push(format!(
                "warning: destination for {} is a table. Ignoring non-table value ({})",
                full(),
                super::shown(&other)
            )),
            (Some(_), table @ Data::Map(_)) => warnings.push(format!(
                "warning: cannot overwrite table with non table for {} ({})",
                full(),
                super::shown(&table)
            )),
            (Some(_), _) => {}
        }
    }
}
