//! Lexer, parser, compiler and machine: any template ends in a text or an error, within small limits.
#![no_main]

use helmx_engine::{Host, MissingKey, execute};
use helmx_yaml::{Data, Map};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

struct Fixed;

impl Host for Fixed {
    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Data, String> {
        Ok(Data::Map(Map::new()))
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn random(&self, buffer: &mut [u8]) -> Result<(), String> {
        buffer.fill(7);
        Ok(())
    }
}

fuzz_target!(|text: &str| {
    // Key generation takes seconds by nature; it is bounded elsewhere.
    if ["gen", "bcrypt", "htpasswd", "derivePassword", "rand"].iter().any(|slow| text.contains(slow)) {
        return;
    }
    let _ = execute(&[("t", text)], "t", helmx_template::Value::Nil, MissingKey::Zero, &Fixed);
});
