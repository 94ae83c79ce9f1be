//! The words of a YAML text.

use std::borrow::Cow;

use crate::Error;
use crate::cursor::Mark;

#[derive(Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind<'a>,
    pub(crate) start: Mark,
}

#[derive(Debug, PartialEq)]
pub(crate) enum TokenKind<'a> {
    StreamEnd,
    /// `%YAML 1.1`
    Version {
        major: u32,
        minor: u32,
    },
    /// `%TAG !e! tag:example.com,2000:`
    TagDirective {
        handle: &'a str,
        prefix: String,
    },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'a str),
    Anchor(&'a str),
    Tag {
        handle: &'a str,
        suffix: String,
    },
    Scalar {
        value: Cow<'a, str>,
        /// Written without quotes and not as a block: its type depends on what it looks like.
        plain: bool,
    },
}

/// An error of the scanner, as go-yaml words it: lines count from 1, and the first line is not named.
pub(crate) fn scan_error(mark: Mark, problem: &str) -> Error {
    located(if mark.line == 0 { 0 } else { mark.line + 1 }, problem)
}

/// An error of the parser: go-yaml counts its lines from 0 and does not name line 0.
pub(crate) fn parse_error(mark: Mark, problem: &str) -> Error {
    located(mark.line, problem)
}

fn located(line: usize, problem: &str) -> Error {
    if line == 0 {
        Error::yaml(format!("yaml: {problem}"))
    } else {
        Error::yaml(format!("yaml: line {line}: {problem}"))
    }
}
