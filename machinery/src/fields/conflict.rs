//! Conflicts between managers, and how they are worded.

use std::collections::BTreeMap;

/// A field that somebody else owns.
#[derive(Debug)]
pub(crate) struct Conflict {
    /// `"alice"`, or `"alice" using v1` for managers that did not apply.
    pub manager: String,
    /// `.spec.parts[name="a"].weight`
    pub path: String,
}

/// Fields that others own with other values; not empty.
#[derive(Debug)]
pub(crate) struct Conflicts(pub(super) Vec<Conflict>);

impl Conflicts {
    pub(super) fn message(&self) -> String {
        if let [one] = self.0.as_slice() {
            return format!("Apply failed with 1 conflict: conflict with {}: {}", one.manager, one.path);
        }
        let mut by_manager: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for conflict in &self.0 {
            by_manager.entry(&conflict.manager).or_default().push(&conflict.path);
        }
        let listed =
            by_manager.iter().map(|(manager, paths)| format!("conflicts with {manager}:\n- {}", paths.join("\n- ")));
        format!("Apply failed with {} conflicts: {}", self.0.len(), listed.collect::<Vec<_>>().join("\n"))
    }
}
