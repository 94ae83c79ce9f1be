//! The plugin's offline commands against Helm: its own goldens, its record of the corpus, and the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

/// Known differences.
mod allowed;
/// `cases.json`: Helm's goldens.
mod cases;
/// Runs that chance makes up.
mod chance;
/// Real charts with values changed by chance.
mod changed;
/// `helm-v4.3.1.json`: what Helm made of the corpus.
mod corpus;
/// Real charts with a file damaged by chance.
mod damaged;
/// Command lines that both programs run.
mod differential;
/// Charts of the experimental API.
mod experimental;
/// Expressions in a chart of one template.
mod expressions;
/// Documents of a chart that is linted.
mod lint;
/// Running a program.
mod program;
/// Signing with one program, checking with the other.
mod signatures;
/// Files that commands write.
mod written;
