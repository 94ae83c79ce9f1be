//! Data to YAML in the layout of `sigs.k8s.io/yaml` (go-yaml v2), which is what `toYaml` prints.

use crate::{Data, Error};

/// `value` as `yaml.Marshal` writes it: keys in natural order, lists not indented, folded at 80 columns,
/// with a final newline.
///
/// # Errors
/// NaN and infinities, which JSON cannot hold.
pub fn encode(_value: &Data) -> Result<String, Error> {
    Err(Error::encode("not implemented"))
}
