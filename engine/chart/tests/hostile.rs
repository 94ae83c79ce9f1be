//! Small grammars against arbitrary text: an error or a result, always soon.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use helmx_chart::glob::{Glob, path_match};
use helmx_chart::ignore::Rules;
use helmx_chart::manifest::split;
use helmx_chart::metadata::Metadata;
use helmx_chart::semver::{Constraint, Version};
use helmx_chart::strvals;
use helmx_yaml::{Data, Map};

/// Xorshift: the same numbers on every run.
struct Numbers(u64);

impl Numbers {
    fn text(&mut self, alphabet: &[&str], length: usize) -> String {
        let mut pick = |limit: usize| {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % limit as u64) as usize
        };
        let length = pick(length + 1);
        (0..length).map(|_| alphabet[pick(alphabet.len())]).collect()
    }
}

const VALUES: &[&str] = &["a", "b", ".", "[", "]", "0", "1", "-1", "=", ",", "{", "}", "\\", "null", "\"", "é", " "];
const VERSIONS: &[&str] =
    &["1", "0", ".", "x", "*", ">", "<", "=", "~", "^", "!", "-", " - ", "||", ",", " ", "v", "rc"];
const PATTERNS: &[&str] = &["*", "**", "?", "[", "]", "{", "}", ",", "!", "^", "-", "\\", "a", "b", "/", "é"];
const LINES: &[&str] = &["---", "\n", " ", "a: 1", "#", "\t", "- x", "\r\n", "é"];

#[test]
fn arbitrary_text() {
    let mut numbers = Numbers(0x2545_F491_4F6C_DD1D);
    for _ in 0..20_000 {
        let text = numbers.text(VALUES, 24);
        let mut values = Map::new();
        let _ = strvals::set(&text, &mut values);
        let _ = strvals::set_json(&text, &mut values);
        let _ = strvals::set_literal(&text, &mut values);
        let _ = strvals::set_file(&text, &mut values, &mut |_| Ok(Data::Null));
        let text = numbers.text(VERSIONS, 12);
        if let (Ok(constraint), Ok(version)) = (Constraint::parse(&text), Version::parse("1.2.3-rc.1")) {
            assert_eq!(constraint.check(&version), constraint.validate(&version).is_ok(), "{text}");
        }
        let (pattern, name) = (numbers.text(PATTERNS, 10), numbers.text(PATTERNS, 10));
        let _ = path_match(&pattern, &name);
        let _ = Glob::new(&pattern, &['/']).map(|glob| glob.is_match(&name));
        let _ = Rules::parse(&pattern).map(|rules| rules.is_ignored(&name, true));
        let text = numbers.text(LINES, 12);
        assert!(split(&text).iter().all(|document| !document.trim().is_empty()));
        let _ = Metadata::parse(text.as_bytes());
    }
}

#[test]
fn what_could_take_long_or_much() {
    let mut values = Map::new();
    let cases = ["a[99999999]=1".to_owned(), "a.".repeat(100_000), "a[0]".to_owned() + &"[0]".repeat(100_000) + "=1"];
    for case in cases {
        assert!(strvals::set(&case, &mut values).is_err());
    }
    let long = "a*".repeat(2_000);
    assert!(!Glob::new(&long, &['/']).unwrap().is_match(&"a".repeat(20_000).replace('a', "b")));
    assert!(Glob::new(&"{".repeat(5_000), &['/']).is_err());
}

/// The bounds of the library that Helm uses, in its words.
#[test]
fn long_versions_and_constraints() {
    let version = |length: usize| Version::parse(&format!("1.2.3-{}", "a".repeat(length - 6))).map(|_| ());
    let strict = |length: usize| Version::parse_strict(&format!("1.2.3-{}", "a".repeat(length - 6))).map(|_| ());
    for parse in [&version as &dyn Fn(usize) -> _, &strict] {
        assert!(parse(256).is_ok());
        assert_eq!(parse(257).unwrap_err().to_string(), "version string is too long (max 256 bytes)");
    }
    assert!(Constraint::parse(&"1 ".repeat(256)).is_ok());
    let fault = |text: &str| Constraint::parse(text).unwrap_err().to_string();
    assert_eq!(fault(&"1 ".repeat(257)), "constraint string is too long (max 512 bytes)");
    assert!(Constraint::parse(&["1"; 32].join("||")).is_ok());
    assert_eq!(fault(&["1"; 33].join("||")), "too many constraint groups (max 32)");
    assert_eq!(fault(&format!(">1.2.3-{}", "a".repeat(300))), "constraint parser error");
}
