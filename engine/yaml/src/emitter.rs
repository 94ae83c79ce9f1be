//! The layout of block YAML: indentation, separators and the column, as libyaml's emitter keeps them.

use std::borrow::Cow;

use crate::error::Error;
use crate::resolve::{Resolved, resolve};
use crate::scalar::{Scalar, Style};

const INDENT: usize = 2;
const WIDTH: usize = 80;

/// Which go-yaml the output should look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Lists not indented below their key, folded at 80 columns.
    V2,
    /// Lists indented, nothing folded.
    V3,
}

pub(crate) struct Emitter {
    dialect: Dialect,
    out: String,
    column: usize,
    /// `None` outside of any collection.
    level: Option<usize>,
    /// The last thing written was white space, or nothing on this line.
    whitespace: bool,
    /// Only indentation and indicators stand on this line so far.
    indention: bool,
}

/// What can be written.
pub(crate) trait Node: Sized {
    /// # Errors
    /// What this node has no YAML for.
    fn shape(&self) -> Result<Shape<'_, Self>, Error>;
}

/// One node, as the layout sees it.
pub(crate) enum Shape<'n, N> {
    /// Written as it stands.
    Word(Cow<'n, str>),
    Text(Text<'n>),
    List(&'n [N]),
    /// In the order in which the entries are written.
    Map(Vec<(Text<'n>, &'n N)>),
}

/// A string scalar.
pub(crate) struct Text<'n> {
    pub(crate) text: Cow<'n, str>,
    /// It is base64, and gets the tag that says so.
    pub(crate) binary: bool,
}

impl<'n> Text<'n> {
    pub(crate) fn plain(text: &'n str) -> Self {
        Self { text: Cow::Borrowed(text), binary: false }
    }

    pub(crate) fn binary(base64: String) -> Self {
        Self { text: Cow::Owned(base64), binary: true }
    }
}

const BINARY: &str = "!!binary";

/// Where a node stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Item,
    Value,
}

/// Writes one document, ended by a line break.
pub(crate) fn write<N: Node>(value: &N, dialect: Dialect) -> Result<String, Error> {
    let mut emitter =
        Emitter { dialect, out: String::new(), column: 0, level: None, whitespace: true, indention: true };
    emitter.node(value, Place::Root)?;
    if emitter.column > 0 {
        emitter.put_break('\n');
    }
    Ok(emitter.out)
}

impl Emitter {
    fn node<N: Node>(&mut self, value: &N, place: Place) -> Result<(), Error> {
        match value.shape()? {
            Shape::Word(word) => self.word(&word),
            Shape::Text(text) => self.string(&text, false),
            Shape::List([]) => self.empty("[", "]"),
            Shape::Map(entries) if entries.is_empty() => self.empty("{", "}"),
            Shape::List(items) => self.list(items, place)?,
            Shape::Map(entries) => self.map(&entries)?,
        }
        Ok(())
    }

    fn list<N: Node>(&mut self, items: &[N], place: Place) -> Result<(), Error> {
        let outer = self.level;
        let compact = self.dialect == Dialect::V2 && place == Place::Value && !self.indention;
        self.level = Some(match outer {
            None => 0,
            Some(level) if compact => level,
            Some(level) => level + INDENT,
        });
        for item in items {
            self.indent();
            self.indicator_indented("-");
            self.node(item, Place::Item)?;
        }
        self.level = outer;
        Ok(())
    }

    fn map<N: Node>(&mut self, entries: &[(Text<'_>, &N)]) -> Result<(), Error> {
        let outer = self.level;
        self.level = Some(outer.map_or(0, |level| level + INDENT));
        for (key, value) in entries {
            self.indent();
            if self.scalar(key).is_simple_key() {
                self.string(key, true);
                self.indicator(":", false);
            } else {
                self.indicator_indented("?");
                self.string(key, false);
                self.indent();
                self.indicator_indented(":");
            }
            self.node(*value, Place::Value)?;
        }
        self.level = outer;
        Ok(())
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true);
        self.indicator(close, false);
    }

    fn word(&mut self, text: &str) {
        self.separate();
        text.chars().for_each(|character| self.put(character));
        self.end_word();
    }

    /// A scalar's own lines are indented once more than the collection around it.
    fn string(&mut self, text: &Text<'_>, simple_key: bool) {
        let outer = self.level;
        self.level = Some(outer.map_or(INDENT, |level| level + INDENT));
        if text.binary {
            self.indicator(BINARY, true);
        }
        self.scalar(text).write(self, simple_key);
        self.level = outer;
    }

    fn scalar<'a>(&self, Text { text, binary }: &'a Text<'_>) -> Scalar<'a> {
        let style = if text.contains('\n') {
            Style::Literal
        } else if *binary || stays_text(text) {
            Style::Plain
        } else {
            Style::Double
        };
        let tag = if *binary { BINARY.len() } else { 0 };
        Scalar::new(text, style, tag, self.dialect)
    }

    pub(crate) fn is_wide(&self) -> bool {
        self.dialect == Dialect::V2 && self.column > WIDTH
    }

    pub(crate) fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
        self.indention = false;
    }

    pub(crate) fn put_break(&mut self, character: char) {
        self.out.push(character);
        self.column = 0;
        self.indention = true;
        self.whitespace = true;
    }

    /// A space, unless there is one already.
    pub(crate) fn separate(&mut self) {
        if !self.whitespace {
            self.put(' ');
        }
    }

    pub(crate) fn end_word(&mut self) {
        self.whitespace = false;
        self.indention = false;
    }

    pub(crate) fn indicator(&mut self, text: &str, separated: bool) {
        if separated {
            self.separate();
        }
        text.chars().for_each(|character| self.put(character));
        self.end_word();
    }

    /// An indicator after which a collection may begin on the same line.
    fn indicator_indented(&mut self, text: &str) {
        let indention = self.indention;
        self.indicator(text, true);
        self.indention = indention;
    }

    /// Moves to the current indentation, on a new line if this one holds anything else.
    pub(crate) fn indent(&mut self) {
        let level = self.level.unwrap_or(0);
        if !self.indention || self.column > level || (self.column == level && !self.whitespace) {
            self.put_break('\n');
        }
        while self.column < level {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }
}

/// Whether `text` without quotes is read as a string again, also by other readers of YAML 1.1. (go-yaml v3 itself
/// no longer takes `yes` and `off` for booleans, but quotes them for the others.)
fn stays_text(text: &str) -> bool {
    matches!(resolve("", text), Ok(Resolved::Text)) && !is_base_60(text)
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`: a number to some readers of YAML 1.1.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, ""), |(whole, fraction)| (whole, fraction));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let mut rest = parts.peekable();
    first.starts_with(|digit: char| digit.is_ascii_digit())
        && first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
        && rest.peek().is_some()
        && rest.all(is_sixtieth)
        && fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

fn is_sixtieth(part: &str) -> bool {
    match part.as_bytes() {
        [ones] => ones.is_ascii_digit(),
        [tens, ones] => (b'0'..=b'5').contains(tens) && ones.is_ascii_digit(),
        _ => false,
    }
}
