//! JSON as Go's `encoding/json` reads and writes it.

mod decode;
mod encode;

pub use decode::{decode, decode_partly, decode_prefix};
pub use encode::{encode, encode_indent, encode_raw};

/// A key as one step of a JSON pointer (RFC 6901).
pub fn pointer_step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
