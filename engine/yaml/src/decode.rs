//! YAML text to data, by the rules of `sigs.k8s.io/yaml` over go-yaml v2.

use crate::{Data, Error};

/// The first document of `text`, as `yaml.Unmarshal` into `interface{}` reads it: every number is a float,
/// duplicate keys are allowed and the last one wins, keys become strings.
///
/// # Errors
/// `yaml: line N: …` for bad grammar, unknown anchors, excessive aliasing, unrepresentable numbers or keys.
pub fn decode(text: &[u8]) -> Result<Data, Error> {
    decode_exact(text).map(Data::with_float_numbers)
}

/// Like [`decode`], but integers of at most 64 bits stay integers: for typed readers, where `5` means the text `5`.
pub fn decode_exact(_text: &[u8]) -> Result<Data, Error> {
    Err(Error::yaml("not implemented"))
}

/// Like [`decode`], but a key given twice in one map is an error.
pub fn decode_strict(_text: &[u8]) -> Result<Data, Error> {
    Err(Error::yaml("not implemented"))
}
