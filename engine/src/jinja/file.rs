//! The Jinja files of a chart and its sub-charts, and how they name each other.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::source::Source;

/// One file, parsed or about to be.
pub(super) struct File<'c> {
    /// Full path: `web/templates/service.yaml.j2`.
    pub(super) name: &'c str,
    /// As it stands in the chart.
    pub(super) text: &'c str,
    pub(super) source: Source,
}

/// Files by their full path.
#[derive(Default)]
pub(super) struct Files<'c>(FxHashMap<&'c str, File<'c>>);

impl<'c> Files<'c> {
    pub(super) fn add(&mut self, file: File<'c>) {
        self.0.insert(file.name, file);
    }

    pub(super) fn find(&self, name: &str) -> Option<&File<'c>> {
        self.0.get(name)
    }
}

/// Charts by the folder of their templates: what `include`, `from` and `extends` look into.
#[derive(Clone)]
pub(super) struct Folders(Arc<[String]>);

impl Folders {
    /// `folders` are paths such as `web/templates`.
    pub(super) fn new(folders: impl Iterator<Item = String>) -> Self {
        let mut folders: Vec<String> = folders.collect();
        // The innermost chart that a file is in comes first.
        folders.sort_by_key(|folder| std::cmp::Reverse(folder.len()));
        folders.dedup();
        Self(folders.into())
    }

    /// The full path of `name` as the file `from` means it: below its chart's `templates/`, or below its chart if it
    /// starts with `templates/` or `charts/`. A path never leads out of the chart.
    pub(super) fn resolve<'s>(&self, name: &'s str, from: &str) -> Cow<'s, str> {
        let inside = |folder: &&String| from.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let Some(folder) = self.0.iter().find(inside) else { return Cow::Borrowed(name) };
        let chart = folder.strip_suffix("/templates").unwrap_or(folder);
        if name.starts_with("templates/") || name.starts_with("charts/") {
            return format!("{chart}/{name}").into();
        }
        format!("{folder}/{name}").into()
    }
}
