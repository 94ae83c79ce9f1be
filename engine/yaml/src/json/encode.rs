//! Anything serialisable to JSON text, escaped and spelled as Go's `encoding/json` does.

use serde::Serialize;

use crate::Error;

/// Compact JSON; `<`, `>` and `&` inside strings become `\u003c` and so on (`json.Marshal`).
///
/// # Errors
/// `json: unsupported value: NaN` for numbers JSON cannot hold.
pub fn encode<T: Serialize + ?Sized>(_value: &T) -> Result<String, Error> {
    Err(Error::json("not implemented"))
}

/// JSON indented by two spaces (`json.MarshalIndent` with `"  "`), HTML-escaped.
pub fn encode_indent<T: Serialize + ?Sized>(_value: &T) -> Result<String, Error> {
    Err(Error::json("not implemented"))
}

/// Compact JSON without HTML escaping (sprig's `toRawJson`).
pub fn encode_raw<T: Serialize + ?Sized>(_value: &T) -> Result<String, Error> {
    Err(Error::json("not implemented"))
}
