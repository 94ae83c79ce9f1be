//! Scalars within lines: plain and quoted, with their folding.

use std::borrow::Cow;

use super::Scanner;
use crate::Error;
use crate::token::TokenKind;

/// White space between two words of a scalar, which folds once the next word is known to follow.
#[derive(Default)]
struct Gap<'a> {
    /// Those before the first line break; none once there was one.
    blanks: &'a str,
    /// The first line break, empty if there was none or it was escaped.
    first_break: String,
    more_breaks: String,
    broken: bool,
}

impl Gap<'_> {
    /// One break folds to a space, n breaks to n - 1.
    fn fold_into(&mut self, out: &mut String) {
        if !self.broken {
            out.push_str(self.blanks);
        } else if self.first_break.starts_with('\n') && self.more_breaks.is_empty() {
            out.push(' ');
        } else {
            if !self.first_break.starts_with('\n') {
                out.push_str(&self.first_break);
            }
            out.push_str(&self.more_breaks);
        }
        *self = Gap::default();
    }
}

/// Whether a character of a scalar is only itself, wherever it stands.
fn is_ordinary(byte: u8) -> bool {
    !matches!(byte, 0..=b' ' | b':' | b',' | b'?' | b'[' | b']' | b'{' | b'}' | b'#' | b'\'' | b'"' | b'\\' | 0x7F)
}

impl<'a> Scanner<'a> {
    pub(super) fn fetch_plain(&mut self) -> Result<(), Error> {
        self.note_key()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        // A scalar on one line is borrowed; `folded` takes over at the first line break.
        let (mut folded, mut end) = (None::<String>, start.offset);
        let mut gap = Gap::default();
        loop {
            if self.cursor.is_document_boundary() || self.cursor.byte(0) == b'#' {
                break;
            }
            let word = self.cursor.mark.offset;
            self.cursor.skip_while(is_ordinary);
            while !self.cursor.is_blank_or_end(0) && !self.ends_plain() {
                self.cursor.skip();
                self.cursor.skip_while(is_ordinary);
            }
            let word_end = self.cursor.mark.offset;
            if word_end > word {
                if gap.broken && folded.is_none() {
                    folded = Some(self.cursor.slice(start.offset, end).to_owned());
                }
                if let Some(text) = &mut folded {
                    gap.fold_into(text);
                    text.push_str(self.cursor.slice(word, word_end));
                }
                gap = Gap::default();
                end = word_end;
            }
            if !(self.cursor.is_blank(0) || self.cursor.is_break(0)) {
                break;
            }
            self.scan_gap(&mut gap, true)?;
            if !self.in_flow() && (self.cursor.mark.column as isize) < self.indent + 1 {
                break;
            }
        }
        if gap.broken {
            self.key_allowed = true;
        }
        let value = folded.map_or_else(|| Cow::Borrowed(self.cursor.slice(start.offset, end)), Cow::Owned);
        self.push(TokenKind::Scalar { value, plain: true }, start);
        Ok(())
    }

    /// Whether an indicator here ends a plain scalar.
    fn ends_plain(&self) -> bool {
        match self.cursor.byte(0) {
            b':' => self.cursor.is_blank_or_end(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.in_flow(),
            _ => false,
        }
    }

    /// Blanks and line breaks. Plain scalars may not be indented with tabs.
    fn scan_gap(&mut self, gap: &mut Gap<'a>, plain: bool) -> Result<(), Error> {
        loop {
            if self.cursor.is_blank(0) {
                let shallow = (self.cursor.mark.column as isize) < self.indent + 1;
                if plain && gap.broken && shallow && self.cursor.byte(0) == b'\t' {
                    return Err(self.error("found a tab character that violates indentation"));
                }
                if gap.broken {
                    self.cursor.skip();
                } else {
                    let start = self.cursor.mark.offset;
                    self.cursor.skip_while(|byte| matches!(byte, b' ' | b'\t'));
                    gap.blanks = self.cursor.slice(start, self.cursor.mark.offset);
                }
            } else if self.cursor.is_break(0) {
                if gap.broken {
                    self.cursor.read_line(&mut gap.more_breaks);
                } else {
                    gap.blanks = "";
                    self.cursor.read_line(&mut gap.first_break);
                    gap.broken = true;
                }
            } else {
                return Ok(());
            }
        }
    }

    pub(super) fn fetch_quoted(&mut self) -> Result<(), Error> {
        self.note_key()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let quote = self.cursor.byte(0);
        self.cursor.skip_bytes(1);
        let mut value = String::new();
        loop {
            if self.cursor.is_document_boundary() {
                return Err(self.error("found unexpected document indicator"));
            }
            if self.cursor.is_end(0) {
                return Err(self.error("found unexpected end of stream"));
            }
            let mut gap = Gap { broken: self.scan_quoted_word(quote, &mut value)?, ..Gap::default() };
            if self.cursor.byte(0) == quote && !gap.broken {
                break;
            }
            self.scan_gap(&mut gap, false)?;
            gap.fold_into(&mut value);
        }
        self.cursor.skip_bytes(1);
        self.push(TokenKind::Scalar { value: Cow::Owned(value), plain: false }, start);
        Ok(())
    }

    /// Up to white space, the closing quote, or an escaped line break, which it passes over and returns true for.
    fn scan_quoted_word(&mut self, quote: u8, value: &mut String) -> Result<bool, Error> {
        while !self.cursor.is_blank_or_end(0) {
            match (self.cursor.byte(0), self.cursor.byte(1)) {
                (b'\'', b'\'') if quote == b'\'' => {
                    value.push('\'');
                    self.cursor.skip_bytes(2);
                }
                (byte, _) if byte == quote => break,
                (b'\\', _) if quote == b'"' && self.cursor.is_break(1) => {
                    self.cursor.skip_bytes(1);
                    self.cursor.skip_line();
                    return Ok(true);
                }
                (b'\\', code) if quote == b'"' => self.scan_escape(code, value)?,
                _ => {
                    let start = self.cursor.mark.offset;
                    self.cursor.skip();
                    self.cursor.skip_while(is_ordinary);
                    value.push_str(self.cursor.slice(start, self.cursor.mark.offset));
                }
            }
        }
        Ok(false)
    }

    fn scan_escape(&mut self, code: u8, value: &mut String) -> Result<(), Error> {
        let character = match code {
            b'0' => '\0',
            b'a' => '\u{7}',
            b'b' => '\u{8}',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\u{B}',
            b'f' => '\u{C}',
            b'r' => '\r',
            b'e' => '\u{1B}',
            b' ' => ' ',
            b'"' => '"',
            b'\'' => '\'',
            b'\\' => '\\',
            b'N' => '\u{85}',
            b'_' => '\u{A0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            b'x' => return self.scan_code(2, value),
            b'u' => return self.scan_code(4, value),
            b'U' => return self.scan_code(8, value),
            _ => return Err(self.error("found unknown escape character")),
        };
        value.push(character);
        self.cursor.skip_bytes(2);
        Ok(())
    }

    /// `\x41`, `\u00e9`, `\U0001F600`.
    fn scan_code(&mut self, digits: usize, value: &mut String) -> Result<(), Error> {
        let start = self.cursor.mark.offset + 2;
        let text = self.cursor.slice(start, start + digits);
        let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(text, 16).ok().filter(|_| is_number);
        let Some(number) = number else { return Err(self.error("did not find expected hexdecimal number")) };
        let Some(character) = char::from_u32(number) else {
            return Err(self.error("found invalid Unicode character escape code"));
        };
        value.push(character);
        self.cursor.skip_bytes(2 + digits);
        Ok(())
    }
}
