//! Why a text could not be read or a value not be written, in the words of the Go libraries.

use std::fmt;

/// A failed conversion. `Display` is the text `sigs.k8s.io/yaml` or `encoding/json` gives for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    text: String,
}

/// Which stage refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is not YAML, or its YAML means nothing in JSON. `Display` adds `error converting YAML to JSON: `.
    Yaml,
    /// The text is not JSON, or a value has no JSON form.
    Json,
    /// A value could not be written as YAML.
    Encode,
    /// A limit of this crate: bytes, depth or nodes.
    Limit,
}

impl Error {
    pub(crate) fn yaml(text: impl Into<String>) -> Error {
        Error { kind: ErrorKind::Yaml, text: text.into() }
    }

    pub(crate) fn json(text: impl Into<String>) -> Error {
        Error { kind: ErrorKind::Json, text: text.into() }
    }

    pub(crate) fn encode(text: impl Into<String>) -> Error {
        Error { kind: ErrorKind::Encode, text: text.into() }
    }

    pub(crate) fn limit(text: impl Into<String>) -> Error {
        Error { kind: ErrorKind::Limit, text: text.into() }
    }

    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message without the prefix that `Display` adds: `yaml: line 3: …`, `json: …`.
    pub fn message(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ErrorKind::Yaml | ErrorKind::Limit => write!(formatter, "error converting YAML to JSON: {}", self.text),
            ErrorKind::Json => formatter.write_str(&self.text),
            ErrorKind::Encode => write!(formatter, "error marshaling into JSON: {}", self.text),
        }
    }
}

impl std::error::Error for Error {}
