//! `--set` and its kin: command-line text to values (`pkg/strvals`, `pkg/cli/values`).

mod options;
mod parser;

use helmx_yaml::{Data, Map};

pub use options::{Options, OptionsError};
pub use parser::ParseError;

use parser::{Grammar, Parser};

/// `--set a.b=1,c={x,y}`: text, `true`, `false`, `null` and integers get their types.
///
/// # Errors
/// Helm's text for what cannot be parsed; `into` then holds what came before.
pub fn set(text: &str, into: &mut Map) -> Result<(), ParseError> {
    Parser::new(text, Grammar::Typed).parse(into)
}

/// `--set-string`: the same, every value a text.
pub fn set_string(text: &str, into: &mut Map) -> Result<(), ParseError> {
    Parser::new(text, Grammar::Text).parse(into)
}

/// `--set-json a.b={"x":1}`: values are JSON.
pub fn set_json(text: &str, into: &mut Map) -> Result<(), ParseError> {
    Parser::new(text, Grammar::Json).parse(into)
}

/// `--set-literal a.b=anything, at all`: one value, taken as it stands.
pub fn set_literal(text: &str, into: &mut Map) -> Result<(), ParseError> {
    Parser::new(text, Grammar::Literal).parse(into)
}

/// `--set-file a.b=path`: `read` gives the value for a path, or the text of an error.
pub fn set_file(
    text: &str,
    into: &mut Map,
    read: &mut dyn FnMut(&str) -> Result<Data, String>,
) -> Result<(), ParseError> {
    Parser::new(text, Grammar::File(read)).parse(into)
}
