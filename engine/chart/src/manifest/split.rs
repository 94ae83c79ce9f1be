//! Rendered files to single documents, told apart into hooks and objects, in kind order.

use std::collections::BTreeMap;
use std::fmt;
use std::thread;

use super::hook::{Role, role};
use super::{Hook, KindOrder};
use crate::fields::{Fields, Scalars, TypeError};
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
pub(super) struct Unsorted(pub(super) BTreeMap<String, String>);

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

/// Splits `files` (path to rendered text) and puts objects and hooks into the order of their kinds. Partials (`_*`)
/// and blank files are skipped.
pub fn sort(files: &BTreeMap<String, String>, order: KindOrder) -> Result<Sorted<'_>, SortError> {
    let is_shown = |(path, text): &(&String, &String)| {
        !path.rsplit('/').next().unwrap_or(path).starts_with('_') && !text.trim().is_empty()
    };
    let shown = files.iter().filter(is_shown);
    let contents: Vec<_> = shown.flat_map(|(path, text)| split(text).into_iter().map(move |one| (path, one))).collect();
    let mut sorted = Sorted::default();
    for ((path, content), head) in contents.iter().zip(heads(&contents)) {
        let failed = |reason| SortError { path: (*path).clone(), reason, files: Unsorted::default() };
        add(&mut sorted, path, content, head.map_err(failed)?);
    }
    sorted.documents.sort_by(|left, right| order.compare(&left.kind, &right.kind));
    sorted.hooks.sort_by(|left, right| order.compare(&left.kind, &right.kind));
    Ok(sorted)
}

/// Documents of that many bytes together are worth a second thread.
const BYTES_FOR_TWO: usize = 64 << 10;

/// What is read of each document. Large releases take milliseconds, so half of them is read on a thread beside.
fn heads(contents: &[(&String, &str)]) -> Vec<Result<Head, String>> {
    let read =
        |contents: &[(&String, &str)]| contents.iter().map(|(_, content)| Head::read(content)).collect::<Vec<_>>();
    let bytes: usize = contents.iter().map(|(_, content)| content.len()).sum();
    if bytes < BYTES_FOR_TWO || thread::available_parallelism().map_or(1, usize::from) < 2 {
        return read(contents);
    }
    let mut before = 0;
    let reaches_half = |(_, content): &(&String, &str)| {
        before += content.len();
        before * 2 >= bytes
    };
    let half = contents.iter().position(reaches_half).unwrap_or_default();
    let (first, second) = contents.split_at(half);
    thread::scope(|scope| {
        let beside = thread::Builder::new().spawn_scoped(scope, || read(first));
        let mut second = read(second);
        // A thread that cannot be had, or broke down, is no loss.
        let mut all = beside.ok().and_then(|thread| thread.join().ok()).unwrap_or_else(|| read(first));
        all.append(&mut second);
        all
    })
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

/// All that Helm reads of a document.
#[derive(Default)]
struct Head {
    api_version: String,
    kind: String,
    name: String,
    annotations: BTreeMap<String, String>,
}

const METADATA_TYPE: &str =
    r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#;

impl Head {
    fn read(content: &str) -> Result<Head, String> {
        let data = helmx_yaml::decode_exact(content.as_bytes()).map_err(|error| error.to_string())?;
        Head::from_data(&data).map_err(|error| format!("error unmarshaling JSON: while decoding JSON: {error}"))
    }

    fn from_data(data: &helmx_yaml::Data) -> Result<Head, TypeError> {
        let Some(fields) = Fields::root(data, "util.SimpleHead", Scalars::AsText)? else { return Ok(Head::default()) };
        let mut head = Head { api_version: fields.text("apiVersion")?, kind: fields.text("kind")?, ..Head::default() };
        if let Some(metadata) = fields.inner("metadata", METADATA_TYPE)? {
            head.annotations = metadata.text_map("annotations")?;
            head.name = metadata.text("name")?;
        }
        Ok(head)
    }
}
