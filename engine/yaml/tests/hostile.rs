//! No text brings the readers down, and what they read survives being written and read again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use helmx_yaml::{Data, Pretty, decode, decode_strict, encode, encode_pretty, json};
use serde_json::Value;

fn texts() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/yaml.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file["rows"].as_array().unwrap().iter().filter_map(|row| row["text"].as_str().map(str::to_owned)).collect()
}

/// Xorshift: the same numbers on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

#[test]
fn changed_documents() {
    const BYTES: &[u8] = b"-:?,[]{}#&*!|>'\"%@` \n\t\r\\a0.<~\xC2\x85\xE2\x80\xA8\xFF\x00";
    let texts = texts();
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..40_000 {
        let mut bytes = texts[numbers.below(texts.len())].clone().into_bytes();
        for _ in 0..1 + numbers.below(4) {
            let at = numbers.below(bytes.len() + 1);
            match numbers.below(3) {
                0 if at < bytes.len() => {
                    bytes.remove(at);
                }
                1 if at < bytes.len() => bytes[at] = BYTES[numbers.below(BYTES.len())],
                _ => bytes.insert(at, BYTES[numbers.below(BYTES.len())]),
            }
        }
        let _ = decode_strict(&bytes);
        let _ = json::decode(&bytes);
        match decode(&bytes) {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
            Ok(data) => {
                check_round_trip(&data);
                accepted += 1;
            }
        }
    }
    assert!(accepted > 5_000 && refused > 5_000, "{accepted} accepted, {refused} refused");
}

fn check_round_trip(data: &Data) {
    let _ = encode_pretty(&Pretty::from(data));
    let text = json::encode(data).unwrap();
    assert_eq!(json::decode(text.as_bytes()).unwrap(), *data);
    // go-yaml writes the key `<<` without quotes and some control characters not as they are read.
    if !text.contains("\"\\u003c\\u003c\"")
        && text
            .chars()
            .all(|character| !matches!(character, '\u{7F}'..='\u{9F}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}'))
    {
        let yaml = encode(data).unwrap();
        assert_eq!(decode(yaml.as_bytes()).unwrap(), *data, "{yaml}");
    }
}

#[test]
fn depth_and_aliases_are_limited() {
    let nested = |open: &str| open.repeat(100_000);
    for open in ["[", "{", "- ", "? ", "{a: ", "[{a: ", "- - "] {
        let error = decode(nested(open).as_bytes()).unwrap_err().to_string();
        assert!(error.contains("exceeded max depth of 200"), "{open}: {error}");
    }
    // Just within the limit.
    let deep = format!("{}{}", "[".repeat(190), "]".repeat(190));
    check_round_trip(&decode(deep.as_bytes()).unwrap());
    let laughs: String = (0..12)
        .map(|level| {
            let inner = if level == 0 { "x".to_owned() } else { format!("*a{}", level - 1) };
            format!("a{level}: &a{level} [{}]\n", vec![inner; 9].join(","))
        })
        .collect();
    let error = decode(laughs.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("document contains excessive aliasing"), "{error}");
}
