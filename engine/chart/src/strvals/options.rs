//! All values flags of a command together: files, then `--set-json`, `--set`, `--set-string`, `--set-file`,
//! `--set-literal`, whatever their order on the command line.

use helmx_yaml::{Data, Map, json};

use super::{ParseError, set, set_file, set_json, set_literal, set_string};
use crate::values::{DocumentError, merge_documents, parse_values};

/// The values flags as given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--values`, paths or URLs.
    pub value_files: Vec<String>,
    pub set_json: Vec<String>,
    pub set: Vec<String>,
    pub set_string: Vec<String>,
    pub set_file: Vec<String>,
    pub set_literal: Vec<String>,
}

/// Why the flags give no values. `Display` is Helm's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// A file that cannot be read; the text is the reader's.
    #[error("{0}")]
    Read(String),
    #[error("failed to parse {file}: {reason}")]
    File { file: String, reason: DocumentError },
    #[error("failed parsing --set-json data JSON: {0}")]
    JsonObject(String),
    #[error("failed parsing --set-json data {0}")]
    Json(String),
    #[error("failed parsing --{flag} data: {reason}")]
    Flag { flag: &'static str, reason: ParseError },
}

impl Options {
    /// The values that the flags add up to. `read` gives the content of a file, or the text of an error.
    pub fn merge(&self, read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>) -> Result<Map, OptionsError> {
        let mut values = Map::new();
        for file in &self.value_files {
            let text = read(file).map_err(OptionsError::Read)?;
            let parsed = parse_values(&text).map_err(|reason| OptionsError::File { file: file.clone(), reason })?;
            merge_documents(&mut values, parsed);
        }
        for text in &self.set_json {
            merge_json(text, &mut values)?;
        }
        each(&self.set, "set", |text| set(text, &mut values))?;
        each(&self.set_string, "set-string", |text| set_string(text, &mut values))?;
        let mut read_text = |path: &str| {
            let bytes = read(path)?;
            Ok(Data::String(String::from_utf8_lossy(&bytes).into_owned()))
        };
        each(&self.set_file, "set-file", |text| set_file(text, &mut values, &mut read_text))?;
        each(&self.set_literal, "set-literal", |text| set_literal(text, &mut values))?;
        Ok(values)
    }
}

fn each(
    texts: &[String],
    flag: &'static str,
    mut apply: impl FnMut(&str) -> Result<(), ParseError>,
) -> Result<(), OptionsError> {
    texts.iter().try_for_each(|text| apply(text)).map_err(|reason| OptionsError::Flag { flag, reason })
}

/// A whole object, or keys with JSON values.
fn merge_json(text: &str, values: &mut Map) -> Result<(), OptionsError> {
    if !text.trim_start().starts_with('{') {
        return set_json(text, values).map_err(|_| OptionsError::Json(text.to_owned()));
    }
    let object = json::decode(text.trim().as_bytes()).map_err(|_| OptionsError::JsonObject(text.to_owned()))?;
    merge_documents(values, object.into_map());
    Ok(())
}
