//! `semver.json`: versions and constraints as Masterminds/semver v3.5 reads them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "vectors/lib.rs"]
mod vectors;

use helmx_chart::semver::{Constraint, Part, Version};
use serde_json::{Value, json};

fn text<T: std::fmt::Display>(error: T) -> String {
    error.to_string()
}

fn described(version: &Version) -> Value {
    json!({
        "major": version.major, "minor": version.minor, "patch": version.patch, "prerelease": version.prerelease,
        "metadata": version.metadata, "original": version.original(), "string": version.to_string(),
    })
}

#[test]
fn semver_rows() {
    vectors::check("semver.json", &[], |row| {
        let argument = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let (a, b) = (argument("a"), argument("b"));
        match row["fn"].as_str().unwrap() {
            "new" => Version::parse(&a).map(|version| described(&version)).map_err(text),
            "strict" => Version::parse_strict(&a).map(|version| described(&version)).map_err(text),
            "compare" => {
                let (a, b) = (Version::parse(&a).map_err(text)?, Version::parse(&b).map_err(text)?);
                Ok(json!(a.compare(&b) as i32))
            }
            "constraint" => Constraint::parse(&a).map(|constraint| json!(constraint.to_string())).map_err(text),
            "check" => {
                let constraint = Constraint::parse(&a).map_err(text)?;
                let version = Version::parse(&b).map_err(text)?;
                let valid = constraint.validate(&version);
                Ok(json!({
                    "check": constraint.check(&version), "valid": valid.is_ok(),
                    "messages": valid.err().unwrap_or_default(),
                }))
            }
            _ => {
                let part = match b.as_str() {
                    "major" => Part::Major,
                    "minor" => Part::Minor,
                    _ => Part::Patch,
                };
                Version::parse(&a).map(|version| json!(version.increment(part).to_string())).map_err(text)
            }
        }
    });
}
