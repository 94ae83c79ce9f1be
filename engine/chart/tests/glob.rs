//! `glob.json`: patterns of `.Files.Glob`; and `filepath.Match` of `--show-only` and `.helmignore`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "vectors/lib.rs"]
mod vectors;

use helmx_chart::glob::{BadPattern, Glob, path_match};
use serde_json::json;

/// gobwas decodes the first character of an empty text to U+FFFD. Paths of files are never empty.
const KNOWN: &[(&str, &str)] = &[
    ("'?' ''", "U+FFFD is one character"),
    ("'[!a]' ''", "U+FFFD is not `a`"),
    ("'***' ''", "gobwas wants a character between the stars"),
];

#[test]
fn glob_rows() {
    vectors::check("glob.json", KNOWN, |row| {
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        let separators: Vec<char> = text("separators").chars().collect();
        let glob = Glob::new(&text("pattern"), &separators).map_err(|error| error.to_string())?;
        Ok(json!(glob.is_match(&text("text"))))
    });
}

/// The cases of Go's `path/filepath` documentation and tests.
#[test]
fn path_patterns() {
    let cases: &[(&str, &str, Result<bool, BadPattern>)] = &[
        ("abc", "abc", Ok(true)),
        ("*c", "abc", Ok(true)),
        ("a*", "ab/c", Ok(false)),
        ("a*/b", "a/c/b", Ok(false)),
        ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", Ok(false)),
        ("a*b?c*x", "abxbbxdbxebxczzx", Ok(true)),
        ("a*b?c*x", "abxbbxdbxebxczzy", Ok(false)),
        ("ab[^b-d]", "abc", Ok(false)),
        ("a\\*b", "a*b", Ok(true)),
        ("a[^a]b", "a☺b", Ok(true)),
        ("a???b", "a☺b", Ok(false)),
        ("a?b", "a/b", Ok(false)),
        ("[\\-x]", "-", Ok(true)),
        ("*x", "xxx", Ok(true)),
        ("*", "", Ok(true)),
        ("", "", Ok(true)),
        ("", "a", Ok(false)),
        ("[]a]", "]", Err(BadPattern)),
        ("[-]", "-", Err(BadPattern)),
        ("[x-]", "x", Err(BadPattern)),
        ("[a-b-c]", "a", Err(BadPattern)),
        ("[", "a", Err(BadPattern)),
        ("[^bc", "a", Err(BadPattern)),
        ("a[", "ab", Err(BadPattern)),
        ("\\", "a", Err(BadPattern)),
    ];
    for (pattern, name, wanted) in cases {
        assert_eq!(path_match(pattern, name), *wanted, "{pattern} against {name}");
    }
}
