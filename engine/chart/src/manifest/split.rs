//! Rendered files to single documents, told apart into hooks and objects, in kind order.

use std::collections::BTreeMap;
use std::fmt;

use super::hook::{Role, role};
use super::read::{Head, Readings};
use super::{Hook, KindOrder, Text};
use crate::warning::Warning;

/// One object of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document<'f> {
    /// Path of the template: `chart/templates/service.yaml`.
    pub path: String,
    pub api_version: String,
    pub kind: String,
    pub name: String,
    pub content: &'f str,
}

/// What rendered files hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sorted<'f> {
    pub documents: Vec<Document<'f>>,
    /// In kind order. They run by weight, then name.
    pub hooks: Vec<Hook>,
    /// What the log should say.
    pub warnings: Vec<Warning>,
}

/// A rendered file that is not YAML, or no Kubernetes object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("YAML parse error on {path}: {reason}")]
pub struct SortError {
    pub path: String,
    pub reason: String,
    pub(super) files: Unsorted,
}

/// What was rendered, for those who look for the cause. It may hold secrets, so that `Debug` does not show it.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Unsorted(pub(super) BTreeMap<String, Text>);

impl fmt::Debug for Unsorted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} files", self.0.len())
    }
}

/// The documents of `text`: cut at `---` at the start of a line, leading white space and blank documents dropped.
/// What follows `---` on its line belongs to the next document.
pub fn split(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let (mut rest, mut from) = (text.trim_start(), 0);
    loop {
        let cut = match rest.get(from..) {
            Some(tail) if from == 0 && tail.starts_with("---") => Some(0),
            Some(tail) => tail.find("\n---").map(|at| from + at + 1),
            None => None,
        };
        let Some(cut) = cut else { break };
        documents.push(rest.get(..cut).unwrap_or_default());
        rest = rest.get(cut + 3..).unwrap_or_default().trim_start_matches([' ', '\t']);
        // The rest starts in the middle of a line, so that only a later line can be a separator.
        from = 0;
        if rest.starts_with("---") {
            from = 3.min(rest.len());
        }
    }
    documents.push(rest);
    documents.into_iter().map(str::trim_start).filter(|document| !document.trim().is_empty()).collect()
}

/// Files of that many bytes together are worth a second thread.
const BYTES_FOR_TWO: usize = 64 << 10;

/// Splits `files` (path to rendered text) and puts objects and hooks into the order of their kinds. Partials (`_*`)
/// and blank files are skipped. `readings` are of some of the files.
///
/// # Errors
/// The first document that is not YAML.
pub fn sort<'f>(
    files: &'f BTreeMap<String, Text>,
    order: KindOrder,
    readings: &mut Readings,
) -> Result<Sorted<'f>, SortError> {
    let is_shown = |(path, text): &(&String, &Text)| {
        !path.rsplit('/').next().unwrap_or(path).starts_with('_') && !text.trim().is_empty()
    };
    let shown: Vec<_> = files.iter().filter(is_shown).collect();
    let unread: Vec<_> = shown.iter().filter(|(path, _)| !readings.has(path)).collect();
    if unread.iter().map(|(_, text)| text.len()).sum::<usize>() < BYTES_FOR_TWO {
        return put_together(&shown, order, readings);
    }
    readings.beside().with_helper(|| {
        unread.into_iter().for_each(|(path, text)| readings.ask(path, text));
        put_together(&shown, order, readings)
    })
}

fn put_together<'f>(
    files: &[(&'f String, &'f Text)],
    order: KindOrder,
    readings: &mut Readings,
) -> Result<Sorted<'f>, SortError> {
    let mut sorted = Sorted::default();
    for (path, text) in files {
        for (place, head) in readings.take(path, text) {
            let failed = |reason| SortError { path: (*path).clone(), reason, files: Unsorted::default() };
            add(&mut sorted, path, text.get(place).unwrap_or_default(), head.map_err(failed)?);
        }
    }
    sorted.documents.sort_by(|left, right| order.compare(&left.kind, &right.kind));
    sorted.hooks.sort_by(|left, right| order.compare(&left.kind, &right.kind));
    Ok(sorted)
}

fn add<'f>(sorted: &mut Sorted<'f>, path: &str, content: &'f str, head: Head) {
    match role(&head.annotations) {
        Role::Object => sorted.documents.push(Document {
            path: path.to_owned(),
            api_version: head.api_version,
            kind: head.kind,
            name: head.name,
            content,
        }),
        Role::Hook { events, weight, delete_policies, output_log_policies } => sorted.hooks.push(Hook {
            name: head.name,
            kind: head.kind,
            path: path.to_owned(),
            manifest: content.to_owned(),
            events,
            weight,
            delete_policies,
            output_log_policies,
            ..Hook::default()
        }),
        Role::Unknown(text) => {
            sorted.warnings.push(Warning::info("skipping unknown hooks", &[("hookTypes", &text)]));
        }
    }
}
