//! Field management: who set which field of an object, and what an apply may change.
//!
//! Semantics of sigs.k8s.io/structured-merge-diff `merge/update.go`: an apply owns exactly the fields of its
//! configuration, any other write owns what it changed.

use serde_json::Value;

use crate::object::{ManagedFields, Object};
use crate::resource::Part;
use crate::schema::Schema;
use crate::status::{Cause, Reason, Status, Subject};
use crate::time;

mod conflict;
mod managers;
mod set;
mod walk;

pub(crate) use conflict::Conflicts;
use managers::{Manager, Managers};
use set::FieldSet;

const APPLY: &str = "Apply";
const UPDATE: &str = "Update";
/// Owns what an object held before anybody's ownership was recorded.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// Fields that nobody owns: they name the object, or the server sets them.
const UNOWNED_METADATA: &[&str] = &[
    "name",
    "namespace",
    "generateName",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "uid",
    "generation",
    "managedFields",
    "resourceVersion",
];

/// One writer of an object.
pub(crate) struct Writer<'a> {
    pub manager: &'a str,
    pub api_version: String,
    pub part: Part,
    pub schema: &'a Schema,
    /// Take over fields of others.
    pub force: bool,
}

impl Writer<'_> {
    /// Records who owns what after a create, update or patch. Managed fields that the writer sent count, `[]` and
    /// `[{}]` forget everything.
    pub(crate) fn update(&self, old: Option<&Object>, new: &mut Object) {
        let known = old.map(Object::managed_fields).unwrap_or_default();
        let sent = new.managed_fields();
        let is_reset = new.at(&["metadata", "managedFields"]).and_then(Value::as_array).is_some_and(|list| {
            list.is_empty()
                || matches!(list.as_slice(), [only] if only.as_object().is_some_and(serde_json::Map::is_empty))
        });
        let mut managers = match (is_reset, sent.is_empty()) {
            (true, _) => Managers::default(),
            (false, true) => Managers::read(&known),
            (false, false) => Managers::read(&sent),
        };
        let empty = Object::default();
        let (before, after) = (self.owned_value(old.unwrap_or(&empty)), self.owned_value(new));
        let compared = walk::compare(&before, &after, self.schema.root());
        if compared.is_same() {
            new.set_managed_fields(&managers.write());
            return;
        }
        managers.take_away(&compared.written(), None);
        managers.take_away(&compared.removed, None);
        let me = self.identity(UPDATE);
        let mine = managers.fields(&me).difference(&compared.removed).union(&compared.written());
        managers.set(me, mine, time::now());
        managers.limit_updates();
        new.set_managed_fields(&managers.write());
    }

    /// The object after an apply of a configuration.
    ///
    /// Errors: the fields that others own with other values, unless forced.
    pub(crate) fn apply(&self, old: Option<&Object>, config: &Object) -> Result<Object, Conflicts> {
        let empty = Object::default();
        let live = old.unwrap_or(&empty);
        let mut managers = Managers::read(&live.managed_fields());
        let before = self.owned_value(live);
        if old.is_some() && managers.is_empty() {
            let everything = walk::set_of(&before, self.schema.root());
            managers.set(self.named(BEFORE_FIRST_APPLY, UPDATE), everything, time::now());
        }
        let wanted = self.owned_value(config);
        let mine = walk::set_of(&wanted, self.schema.root());
        let me = self.identity(APPLY);
        let last = managers.fields(&me);
        managers.set(me.clone(), mine.clone(), time::now());
        let mut after = before.clone();
        walk::merge(&mut after, &wanted, self.schema.root());
        let owned = managers.all_fields();
        walk::remove(&mut after, &last.difference(&owned), self.schema.root());
        let compared = walk::compare(&before, &after, self.schema.root());
        let conflicts = managers.conflicts(&compared.written(), &me);
        if !conflicts.is_empty() && !self.force {
            return Err(Conflicts(conflicts));
        }
        managers.take_away(&compared.written(), Some(&me));
        managers.take_away(&compared.removed, Some(&me));
        let mut result = self.assembled(live, config, after);
        if compared.is_same() && last == mine {
            result.set_managed_fields(&live.managed_fields());
        } else {
            result.set_managed_fields(&managers.write());
        }
        Ok(result)
    }

    fn identity(&self, operation: &str) -> Manager {
        self.named(self.manager, operation)
    }

    fn named(&self, name: &str, operation: &str) -> Manager {
        let subresource = match self.part {
            Part::Main => "",
            Part::Status => "status",
        };
        Manager {
            name: name.to_owned(),
            operation: operation.to_owned(),
            api_version: self.api_version.clone(),
            subresource: subresource.to_owned(),
        }
    }

    /// The part of an object that this writer can own.
    fn owned_value(&self, object: &Object) -> Value {
        let mut owned = object.clone();
        for field in ["apiVersion", "kind"] {
            owned.remove(field);
        }
        match self.part {
            Part::Main => {
                owned.remove("status");
                let metadata = owned.metadata_mut();
                for field in UNOWNED_METADATA {
                    metadata.remove(*field);
                }
                if metadata.is_empty() {
                    owned.remove("metadata");
                }
            }
            Part::Status => owned.0.retain(|field, _| field == "status"),
        }
        owned.into_value()
    }

    /// The live object with its owned part replaced. A new object keeps what the configuration says about itself.
    fn assembled(&self, live: &Object, config: &Object, owned: Value) -> Object {
        let mut result = Object::from_value(owned).unwrap_or_default();
        for (field, value) in &config.0 {
            if matches!(field.as_str(), "apiVersion" | "kind") {
                result.set(field, value.clone());
            }
        }
        let metadata = [live, config].map(|object| object.metadata().cloned().unwrap_or_default());
        let [of_live, of_config] = &metadata;
        for field in UNOWNED_METADATA {
            if let Some(value) = of_live.get(*field).or_else(|| of_config.get(*field)) {
                result.metadata_mut().insert((*field).to_owned(), value.clone());
            }
        }
        for (field, value) in &live.0 {
            let is_other = match self.part {
                Part::Main => field == "status",
                Part::Status => field != "status" && field != "metadata",
            };
            if is_other {
                result.set(field, value.clone());
            }
        }
        if self.part == Part::Status {
            result.set("metadata", of_live.clone());
        }
        result
    }
}

/// Reads entries of `metadata.managedFields` back for tests and messages.
fn fields_of(entry: &ManagedFields) -> FieldSet {
    entry.fields.as_ref().map(FieldSet::read).unwrap_or_default()
}

impl Conflicts {
    /// 409 in the words of k8s.io/apimachinery `pkg/util/managedfields` (`NewConflictError`).
    pub(crate) fn into_status(self, _subject: Subject<'_>, _name: &str) -> Status {
        let causes = self.0.iter().map(|conflict| {
            Cause::new("FieldManagerConflict", &conflict.path, format!("conflict with {}", conflict.manager))
        });
        Status::new(Reason::Conflict, self.message()).with_causes(causes.collect())
    }
}
