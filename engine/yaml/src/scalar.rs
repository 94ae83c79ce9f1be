//! How one scalar may be written, and the writing of each style (libyaml's emitter rules, as both go-yamls use them).

use crate::emitter::{Dialect, Emitter};
use crate::reader::is_allowed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What an analysis of the characters allows.
#[allow(clippy::struct_excessive_bools, reason = "four independent facts about one text")]
struct Allowed {
    multiline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

/// A string scalar, ready to be written.
pub(crate) struct Scalar<'a> {
    text: &'a str,
    wanted: Style,
    /// Bytes of the tag before it.
    tag: usize,
    allowed: Allowed,
}

impl<'a> Scalar<'a> {
    /// `wanted` is what the value asks for: plain, double quotes where plain text would change type, literal
    /// for several lines.
    pub(crate) fn new(text: &'a str, wanted: Style, tag: usize, dialect: Dialect) -> Scalar<'a> {
        Scalar { text, wanted, tag, allowed: analyze(text, dialect) }
    }

    /// Whether it may stand before a `:` on the same line.
    pub(crate) fn is_simple_key(&self) -> bool {
        !self.allowed.multiline && self.tag + self.text.len() <= 128
    }

    pub(crate) fn write(&self, emitter: &mut Emitter, simple_key: bool) {
        match self.style(simple_key) {
            Style::Plain => emitter.write_plain(self.text, !simple_key),
            Style::Single => emitter.write_single(self.text, !simple_key),
            Style::Double => emitter.write_double(self.text, !simple_key),
            Style::Literal => emitter.write_literal(self.text),
        }
    }

    fn style(&self, simple_key: bool) -> Style {
        let mut style = if simple_key && self.allowed.multiline { Style::Double } else { self.wanted };
        if style == Style::Plain && (!self.allowed.plain || (self.text.is_empty() && simple_key)) {
            style = Style::Single;
        }
        match style {
            Style::Single if !self.allowed.single => Style::Double,
            Style::Literal if !self.allowed.block || simple_key => Style::Double,
            fitting => fitting,
        }
    }
}

fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// libyaml's idea of printable: no tab, no NEL, nothing beyond the basic plane.
fn is_printable(character: char) -> bool {
    is_allowed(character) && !matches!(character, '\t' | '\r' | '\u{85}' | '\u{FEFF}' | '\u{10000}'..='\u{10FFFF}')
}

fn analyze(text: &str, dialect: Dialect) -> Allowed {
    let mut found = Allowed { multiline: false, plain: true, single: true, block: !text.is_empty() };
    if text.starts_with("---") || text.starts_with("...") {
        found.plain = false;
    }
    let (mut previous, mut special, mut tab) = (None, false, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        let (first, last) = (previous.is_none(), next.is_none());
        let around = Around {
            first,
            before_space: next.is_none_or(|next| next == ' ' || next == '\t'),
            after_space: previous.is_none_or(|previous| previous == ' ' || previous == '\t' || is_break(previous)),
        };
        if is_indicator(character, &around) {
            found.plain = false;
        }
        if character == '\t' && dialect == Dialect::V3 {
            tab = true;
        } else if !is_printable(character) && !is_break_printed(character) {
            special = true;
        }
        if is_break(character) {
            found.multiline = true;
            found.plain = false;
            special |= previous == Some(' ');
        } else if character == ' ' {
            found.plain &= !(first || last);
            found.block &= !last;
            if previous.is_some_and(is_break) {
                found.plain = false;
                found.single = false;
            }
        }
        previous = Some(character);
    }
    if special || tab {
        found.plain = false;
        found.single = false;
    }
    found.block &= !special;
    found
}

/// LS and PS count as printable in libyaml, although they are line breaks.
fn is_break_printed(character: char) -> bool {
    matches!(character, '\n' | '\u{2028}' | '\u{2029}')
}

/// What stands around a character.
struct Around {
    first: bool,
    before_space: bool,
    after_space: bool,
}

/// Whether `character` would be read as YAML syntax in a plain scalar outside of brackets.
fn is_indicator(character: char, around: &Around) -> bool {
    match character {
        ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => around.first,
        '?' | '-' => around.first && around.before_space,
        ':' => around.before_space,
        '#' => around.after_space,
        _ => false,
    }
}

impl Emitter {
    fn write_plain(&mut self, text: &str, may_fold: bool) {
        self.separate();
        self.write_folding(text, may_fold, Style::Plain);
        self.end_word();
    }

    fn write_single(&mut self, text: &str, may_fold: bool) {
        self.indicator("'", true);
        self.write_folding(text, may_fold, Style::Single);
        self.indicator("'", false);
    }

    /// Text with line breaks doubled, so that they fold back, and broken at spaces beyond the width.
    fn write_folding(&mut self, text: &str, may_fold: bool, style: Style) {
        let quoted = style == Style::Single;
        let (mut spaces, mut breaks) = (false, false);
        for (at, character) in text.char_indices() {
            if character == ' ' {
                let next = text.as_bytes().get(at + 1);
                let inside = !quoted || (at > 0 && at + 1 < text.len());
                if may_fold && !spaces && self.is_wide() && inside && next != Some(&b' ') {
                    self.indent();
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else if is_break(character) {
                if !breaks && character == '\n' {
                    self.put_break('\n');
                }
                self.put_break(character);
                breaks = true;
            } else {
                if breaks {
                    self.indent();
                }
                if quoted && character == '\'' {
                    self.put('\'');
                }
                self.put(character);
                (spaces, breaks) = (false, false);
            }
        }
    }

    fn write_double(&mut self, text: &str, may_fold: bool) {
        self.indicator("\"", true);
        // libyaml looks for the byte order mark at the start of the text only, but does so at every character.
        let escape_all = text.starts_with('\u{FEFF}');
        let mut spaces = false;
        for (at, character) in text.char_indices() {
            if escape_all || !is_printable(character) || is_break(character) || matches!(character, '"' | '\\') {
                self.put_escaped(character);
                spaces = false;
            } else if character == ' ' {
                let folds = may_fold && !spaces && self.is_wide() && at > 0 && at + 1 < text.len();
                self.put_space(folds, text.as_bytes().get(at + 1));
                spaces = true;
            } else {
                self.put(character);
                spaces = false;
            }
        }
        self.indicator("\"", false);
    }

    /// A space inside double quotes, or a line break in its place; white space after a break needs a mark.
    fn put_space(&mut self, folds: bool, next: Option<&u8>) {
        if !folds {
            self.put(' ');
            return;
        }
        self.indent();
        if next == Some(&b' ') {
            self.put('\\');
        }
    }

    fn put_escaped(&mut self, character: char) {
        let short = match character {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{B}' => 'v',
            '\u{C}' => 'f',
            '\r' => 'r',
            '\u{1B}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{A0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = u32::from(character);
                let text = match code {
                    0..=0xFF => format!("\\x{code:02X}"),
                    0x100..=0xFFFF => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                };
                text.chars().for_each(|character| self.put(character));
                return;
            }
        };
        self.put('\\');
        self.put(short);
    }

    fn write_literal(&mut self, text: &str) {
        self.indicator("|", true);
        if text.starts_with([' ', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.indicator("2", false);
        }
        let mut backwards = text.chars().rev();
        match (backwards.next().is_some_and(is_break), backwards.next().is_none_or(is_break)) {
            (false, _) => self.indicator("-", false),
            (true, true) => self.indicator("+", false),
            (true, false) => {}
        }
        self.put_break('\n');
        let mut breaks = true;
        for character in text.chars() {
            if is_break(character) {
                self.put_break(character);
                breaks = true;
            } else {
                if breaks {
                    self.indent();
                }
                self.put(character);
                breaks = false;
            }
        }
    }
}
