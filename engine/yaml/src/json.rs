//! JSON as Go's `encoding/json` reads and writes it.

mod decode;
mod encode;

pub use decode::{decode, decode_partly, decode_prefix};
pub use encode::{encode, encode_indent, encode_raw};
