//! Lexer, parser, compiler and machine: any template ends in a text or an error, within small limits.
#![no_main]

use helmx_engine::{MissingKey, execute};
use libfuzzer_sys::fuzz_target;

#[path = "host.rs"]
mod host;

use host::{Fixed, is_slow};

fuzz_target!(|text: &str| {
    if is_slow(text) {
        return;
    }
    let _ = execute(&[("t", text)], "t", helmx_template::Value::Nil, MissingKey::Zero, &Fixed);
});
