//! Merging two tables, of which one wins.

use helmx_yaml::{Data, Map};

use super::Nulls;
use crate::warning::Warning;

/// `winner` over `defaults`; a null in `winner` deletes what `defaults` has there (Helm's `CoalesceTables`).
pub fn coalesce_tables(winner: &Map, defaults: &Map, log: &mut Vec<Warning>) -> Map {
    combined(winner, defaults, Nulls::Delete, log)
}

/// `winner` over `defaults`; nulls are kept (Helm's `MergeTables`).
pub fn merge_tables(winner: &Map, defaults: &Map, log: &mut Vec<Warning>) -> Map {
    combined(winner, defaults, Nulls::Keep, log)
}

fn combined(winner: &Map, defaults: &Map, nulls: Nulls, log: &mut Vec<Warning>) -> Map {
    let mut merged = winner.clone();
    combine(&mut merged, Defaults::whole(defaults), nulls, &Path::TOP, log);
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
    let mut kept = table.clone();
    for (key, value) in table {
        match value {
            Data::Null => {
                kept.remove(key);
            }
            Data::Map(inner) => {
                let without = without_nulls(inner);
                if !without.shares_entries_with(inner) {
                    kept.insert(key.clone(), Data::Map(without));
                }
            }
            Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::String(_) | Data::List(_) => {}
        }
    }
    kept
}

fn stripped(value: &Data) -> Data {
    match value {
        Data::Map(inner) => Data::Map(without_nulls(inner)),
        other => other.clone(),
    }
}

/// Where a table stands, for messages: most merges have none, so the text is made only for those.
pub(super) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    key: &'p str,
}

impl<'p> Path<'p> {
    /// Of the table itself.
    pub(super) const TOP: Path<'static> = Path { parent: None, key: "" };

    pub(super) fn new(key: &'p str) -> Self {
        Self { parent: None, key }
    }

    pub(super) fn join(&'p self, key: &'p str) -> Self {
        Self { parent: Some(self), key }
    }
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.parent {
            Some(parent) if parent.parent.is_some() || !parent.key.is_empty() => write!(f, "{parent}.{}", self.key),
            _ => f.write_str(self.key),
        }
    }
}

/// What is put below a table; only what that lacks is copied.
#[derive(Clone, Copy)]
pub(super) struct Defaults<'d> {
    table: &'d Map,
    /// Nulls count as not being there.
    stripped: bool,
}

impl<'d> Defaults<'d> {
    pub(super) fn whole(table: &'d Map) -> Self {
        Self { table, stripped: false }
    }

    pub(super) fn without_nulls(table: &'d Map) -> Self {
        Self { table, stripped: true }
    }
}

pub(super) fn combine(winner: &mut Map, defaults: Defaults<'_>, nulls: Nulls, path: &Path<'_>, log: &mut Vec<Warning>) {
    // A table has nothing to add to itself.
    if winner.shares_entries_with(defaults.table) {
        return;
    }
    for (key, default) in defaults.table {
        match (winner.get_mut(key), default) {
            (_, Data::Null) if defaults.stripped => {}
            (Some(Data::Null), default) => {
                if nulls == Nulls::Delete && !default.is_null() {
                    winner.remove(key);
                }
            }
            (None, default) => {
                let own = if defaults.stripped { stripped(default) } else { default.clone() };
                winner.insert(key.clone(), own);
            }
            (Some(Data::Map(table)), Data::Map(inner)) => {
                combine(table, Defaults { table: inner, ..defaults }, nulls, &path.join(key), log);
            }
            (Some(Data::Map(_)), Data::Null) => {}
            (Some(Data::Map(_)), other) => log.push(Warning::ignored(&path.join(key), &super::shown(other))),
            (Some(_), table @ Data::Map(_)) => {
                let table = if defaults.stripped { &stripped(table) } else { table };
                log.push(Warning::cannot_overwrite(&path.join(key), &super::shown(table)));
            }
            (Some(_), _) => {}
        }
    }
}
