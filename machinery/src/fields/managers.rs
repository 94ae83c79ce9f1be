//! The managers of an object: `metadata.managedFields` in memory.

use std::collections::BTreeMap;

use super::conflict::Conflict;
use super::set::FieldSet;
use super::{UPDATE, fields_of};
use crate::object::ManagedFields;

/// Managers that updated, beyond which the oldest are merged (k8s.io/apimachinery `DefaultMaxUpdateManagers`).
const MAX_UPDATES: usize = 10;
const ANCIENT: &str = "ancient-changes";

/// Who manages fields, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Manager {
    pub operation: String,
    pub name: String,
    pub api_version: String,
    /// Empty for the object itself.
    pub subresource: String,
}

#[derive(Clone, Debug)]
struct Owned {
    fields: FieldSet,
    time: String,
}

/// All managers of one object.
#[derive(Debug, Default)]
pub(super) struct Managers {
    entries: BTreeMap<Manager, Owned>,
}

impl Managers {
    pub(super) fn read(entries: &[ManagedFields]) -> Self {
        let mut managers = Self::default();
        for entry in entries {
            let manager = Manager {
                operation: entry.operation.clone(),
                name: entry.manager.clone(),
                api_version: entry.api_version.clone(),
                subresource: entry.subresource.clone(),
            };
            managers.set(manager, fields_of(entry), entry.time.clone().unwrap_or_default());
        }
        managers
    }

    /// The entries in the order of operation, time and name.
    pub(super) fn write(&self) -> Vec<ManagedFields> {
        let mut sorted: Vec<(&Manager, &Owned)> = self.entries.iter().collect();
        sorted.sort_by_key(|(manager, owned)| (&manager.operation, &owned.time, &manager.name));
        let entry = |(manager, owned): (&Manager, &Owned)| ManagedFields {
            manager: manager.name.clone(),
            operation: manager.operation.clone(),
            api_version: manager.api_version.clone(),
            time: (!owned.time.is_empty()).then(|| owned.time.clone()),
            fields_type: "FieldsV1".to_owned(),
            fields: Some(owned.fields.write()),
            subresource: manager.subresource.clone(),
        };
        sorted.into_iter().map(entry).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn fields(&self, manager: &Manager) -> FieldSet {
        self.entries.get(manager).map(|owned| owned.fields.clone()).unwrap_or_default()
    }

    /// A manager without fields is none.
    pub(super) fn set(&mut self, manager: Manager, fields: FieldSet, time: String) {
        if fields.is_empty() {
            self.entries.remove(&manager);
        } else {
            self.entries.insert(manager, Owned { fields, time });
        }
    }

    pub(super) fn all_fields(&self) -> FieldSet {
        self.entries.values().fold(FieldSet::default(), |all, owned| all.union(&owned.fields))
    }

    /// Takes fields away from everybody but one.
    pub(super) fn take_away(&mut self, fields: &FieldSet, except: Option<&Manager>) {
        for (manager, owned) in &mut self.entries {
            if except != Some(manager) {
                owned.fields = owned.fields.difference(fields);
            }
        }
        self.entries.retain(|_, owned| !owned.fields.is_empty());
    }

    /// Who else owns some of these fields.
    pub(super) fn conflicts(&self, fields: &FieldSet, me: &Manager) -> Vec<Conflict> {
        let others = self.entries.iter().filter(|(manager, _)| *manager != me);
        let conflicts = others.flat_map(|(manager, owned)| {
            let shown = manager.shown(&owned.time);
            let paths = owned.fields.intersection(fields).paths();
            paths.into_iter().map(move |path| Conflict { manager: shown.clone(), path })
        });
        conflicts.collect()
    }

    /// Merges the oldest managers that updated, so that objects do not grow for ever.
    pub(super) fn limit_updates(&mut self) {
        let mut updates: Vec<(String, Manager)> = self
            .entries
            .iter()
            .filter(|(manager, _)| manager.operation == UPDATE && manager.subresource.is_empty())
            .map(|(manager, owned)| (owned.time.clone(), manager.clone()))
            .collect();
        if updates.len() <= MAX_UPDATES {
            return;
        }
        updates.sort();
        let excess = updates.len() - MAX_UPDATES + 1;
        for (time, manager) in updates.into_iter().take(excess) {
            let Some(owned) = self.entries.remove(&manager) else { continue };
            let ancient = Manager { name: ANCIENT.to_owned(), ..manager };
            let merged = self.fields(&ancient).union(&owned.fields);
            self.set(ancient, merged, time);
        }
    }
}

impl Manager {
    /// As conflict messages name a manager.
    fn shown(&self, time: &str) -> String {
        let mut text = format!("{:?}", self.name);
        if !self.subresource.is_empty() {
            text.push_str(&format!(" with subresource {:?}", self.subresource));
        }
        if self.operation == UPDATE {
            text.push_str(&format!(" using {}", self.api_version));
            if !time.is_empty() {
                text.push_str(&format!(" at {time}"));
            }
        }
        text
    }
}
