//! The world outside of a fuzzed render: empty, and always the same.

use helmx_engine::Host;
use helmx_yaml::{Data, Map};
use jiff::Timestamp;

pub struct Fixed;

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

/// Key generation takes seconds by nature; it is bounded elsewhere.
pub fn is_slow(text: &str) -> bool {
    ["gen", "bcrypt", "htpasswd", "derivePassword", "rand"].iter().any(|slow| text.contains(slow))
}
