//! YAML and JSON as Helm reads and writes them: go-yaml's rules on plain data.

// The value everything else is about.
mod data;
mod map;
// What can go wrong, in Go's words.
mod error;
// Go's spelling of a floating-point number, shared by all writers.
mod number;
// Go's spelling of texts in messages.
mod quote;

// Reading YAML: characters, tokens, a tree, then types and data, and documents of a stream.
mod cursor;
mod decode;
mod document;
mod reader;
mod resolve;
mod scanner;
mod token;
mod tree;

// Writing YAML: key order, the look of one scalar, the layout, then its two dialects.
mod emitter;
mod encode;
mod key_order;
mod pretty;
mod scalar;

/// JSON as Go's `encoding/json` reads and writes it.
pub mod json;

pub use data::Data;
pub use decode::{decode, decode_exact, decode_exact_strict, decode_strict};
pub use document::{documents, split_documents};
pub use encode::encode;
pub use error::{Error, ErrorKind};
pub use map::Map;
pub use number::format_float;
pub use pretty::{Pretty, encode_pretty};
