//! Field management: who set which field of an object, and what an apply may change.

use crate::object::Object;
use crate::resource::Part;
use crate::schema::Schema;
use crate::status::{Status, Subject};

/// One writer of an object.
pub(crate) struct Writer<'a> {
    pub manager: &'a str,
    pub api_version: String,
    pub part: Part,
    pub schema: &'a Schema,
    /// Take over fields of others.
    pub force: bool,
}

/// Fields that others own with other values.
#[derive(Debug)]
pub(crate) struct Conflicts;

impl Conflicts {
    pub(crate) fn into_status(self, subject: Subject<'_>, name: &str) -> Status {
        Status::conflict(subject, name, "conflict")
    }
}

impl Writer<'_> {
    pub(crate) fn update(&self, _old: Option<&Object>, _new: &mut Object) {}

    pub(crate) fn apply(&self, _old: Option<&Object>, applied: Object) -> Result<Object, Conflicts> {
        Ok(applied)
    }
}
