//! What Helm reads of each document: enough to sort it and to know a hook.

use std::collections::BTreeMap;
use std::ops::Range;

use super::text::Text;
use crate::beside::{Beside, Task};
use crate::fields::{Fields, Scalars, TypeError};

/// Rendered files that are read, perhaps while others are rendered.
#[derive(Default)]
pub struct Readings {
    beside: Beside,
    files: BTreeMap<String, Task<Documents>>,
}

/// Where the documents of a file are, and what they are.
pub(super) type Documents = Vec<(Range<usize>, Result<Head, String>)>;

impl Readings {
    /// The thread beside reads what it can.
    pub fn new(beside: Beside) -> Self {
        Self { beside, files: BTreeMap::new() }
    }

    /// Lets a file be read.
    pub fn ask(&mut self, path: &str, text: &Text) {
        let text = text.clone();
        self.files.insert(path.to_owned(), self.beside.small_task(move || read(&text)));
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    pub(super) fn beside(&self) -> Beside {
        self.beside.clone()
    }

    pub(super) fn take(&mut self, path: &str, text: &Text) -> Documents {
        self.files.remove(path).map_or_else(|| read(text), Task::take)
    }
}

fn read(text: &Text) -> Documents {
    let place = |document: &str| {
        let start = document.as_ptr().addr() - text.as_ptr().addr();
        start..start + document.len()
    };
    text.documents().into_iter().map(|(document, bytes)| (place(document), Head::read(&bytes))).collect()
}

/// All that Helm reads of a document.
#[derive(Default)]
pub(super) struct Head {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) annotations: BTreeMap<String, String>,
}

const METADATA_TYPE: &str =
    r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#;

impl Head {
    fn read(content: &[u8]) -> Result<Head, String> {
        let data = helmx_yaml::decode_exact(content).map_err(|error| error.to_string())?;
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
