//! Values as text: one or several YAML documents.

use helmx_yaml::{Data, Map};

use super::merge_documents;

/// Why a values file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    #[error("error reading yaml document: {0}")]
    Separator(helmx_yaml::Error),
    #[error("cannot unmarshal yaml document: {0}")]
    Yaml(#[from] helmx_yaml::Error),
    #[error(
        "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {0} into Go value of type map[string]interface {{}}"
    )]
    NotATable(&'static str),
}

/// All documents of `text`, later ones over earlier ones.
pub fn parse_values(text: &[u8]) -> Result<Map, DocumentError> {
    let mut values = Map::new();
    for document in helmx_yaml::split_documents(text).map_err(DocumentError::Separator)? {
        match helmx_yaml::decode(document)? {
            Data::Null => {}
            Data::Map(map) => merge_documents(&mut values, map),
            other => return Err(DocumentError::NotATable(other.json_kind())),
        }
    }
    Ok(values)
}
