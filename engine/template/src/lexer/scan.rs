//! Tokens inside an action.

use super::{Keyword, Lexer, RIGHT, TRIM_MARKER, Token, TokenKind, is_alphanumeric, is_space};
use crate::literal::{is_printable, quoted};

impl Lexer<'_> {
    pub(super) fn inside_action(&mut self) -> Token {
        let Some(&byte) = self.source.get(self.at) else { return self.error("unclosed action") };
        let may_end = byte == b'}' || is_space(byte);
        if let Some(trim) = may_end.then(|| self.at_right_delim()).flatten() {
            return if self.parens == 0 { self.right_delim(trim) } else { self.error("unclosed left paren") };
        }
        let (rune, length) = if byte.is_ascii() { (char::from(byte), 1) } else { self.peek() };
        let follow = self.source.get(self.at + length).copied();
        match rune {
            ' ' | '\t' | '\r' | '\n' => self.space(),
            '"' => self.quote(),
            '`' => self.raw_quote(),
            '\'' => self.character(),
            '$' => self.variable(),
            '.' if follow.is_some_and(|byte| !byte.is_ascii_digit()) => {
                self.at += 1;
                self.field_or_variable(TokenKind::Field)
            }
            '.' | '+' | '-' | '0'..='9' => self.number(),
            _ if is_alphanumeric(rune) => self.identifier(),
            _ => {
                self.at += length;
                self.punctuation(rune)
            }
        }
    }

    fn punctuation(&mut self, rune: char) -> Token {
        match rune {
            '=' => self.token(TokenKind::Assign),
            ':' if self.peek().0 == '=' && self.peek().1 == 1 => {
                self.at += 1;
                self.token(TokenKind::Declare)
            }
            ':' => self.error("expected :="),
            '|' => self.token(TokenKind::Pipe),
            '(' => {
                self.parens += 1;
                self.token(TokenKind::LeftParen)
            }
            ')' if self.parens == 0 => self.error("unexpected right paren"),
            ')' => {
                self.parens -= 1;
                self.token(TokenKind::RightParen)
            }
            ' '..='~' => self.token(TokenKind::Char),
            _ => self.error(format!("unrecognized character in action: {}", code_point(rune))),
        }
    }

    /// A run of spaces, less the one that belongs to a trimming right delimiter.
    fn space(&mut self) -> Token {
        while self.source.get(self.at).copied().is_some_and(is_space) {
            self.at += 1;
        }
        let before_marker = self.source[self.at..].first() == Some(&b'-')
            && self.source[self.at - 1 + TRIM_MARKER..].starts_with(RIGHT);
        if before_marker {
            self.at -= 1;
            if self.at == self.start {
                return self.right_delim(true);
            }
        }
        self.token(TokenKind::Space)
    }

    fn identifier(&mut self) -> Token {
        self.absorb_word();
        if !self.at_terminator() {
            return self.bad_character();
        }
        let word = &self.source[self.start..self.at];
        let kind = match (Keyword::find(word), word) {
            (Some(keyword), _) => TokenKind::Keyword(keyword),
            (None, b"true" | b"false") => TokenKind::Bool,
            (None, b"nil") => TokenKind::Nil,
            (None, _) => TokenKind::Identifier,
        };
        self.token(kind)
    }

    fn variable(&mut self) -> Token {
        self.at += 1;
        self.field_or_variable(TokenKind::Variable)
    }

    /// The `.` or `$` has been scanned.
    fn field_or_variable(&mut self, kind: TokenKind) -> Token {
        if self.at_terminator() {
            return self.token(if kind == TokenKind::Field { TokenKind::Dot } else { kind });
        }
        self.absorb_word();
        if !self.at_terminator() {
            return self.bad_character();
        }
        self.token(kind)
    }

    fn absorb_word(&mut self) {
        loop {
            let ascii = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
            self.at += self.source[self.at..].iter().take_while(ascii).count();
            if self.source.get(self.at).is_none_or(u8::is_ascii) {
                return;
            }
            let (rune, length) = self.peek();
            if !is_alphanumeric(rune) {
                return;
            }
            self.at += length;
        }
    }

    /// Whether what comes next may follow a word.
    fn at_terminator(&self) -> bool {
        match self.source.get(self.at) {
            None => true,
            Some(&byte) => {
                is_space(byte)
                    || matches!(byte, b'.' | b',' | b'|' | b':' | b')' | b'(')
                    || self.source[self.at..].starts_with(RIGHT)
            }
        }
    }

    fn bad_character(&mut self) -> Token {
        self.error(format!("bad character {}", code_point(self.peek().0)))
    }

    fn quote(&mut self) -> Token {
        match self.quoted_end(b'"') {
            true => self.token(TokenKind::String),
            false => self.error("unterminated quoted string"),
        }
    }

    fn character(&mut self) -> Token {
        match self.quoted_end(b'\'') {
            true => self.token(TokenKind::CharConstant),
            false => self.error("unterminated character constant"),
        }
    }

    /// Moves past the closing mark, if there is one on the line.
    fn quoted_end(&mut self, mark: u8) -> bool {
        self.at += 1;
        while let Some(&byte) = self.source.get(self.at) {
            self.at += 1;
            match byte {
                b'\n' => return false,
                b'\\' => match self.source.get(self.at) {
                    None | Some(b'\n') => return false,
                    Some(_) => self.at += 1,
                },
                _ if byte == mark => return true,
                _ => {}
            }
        }
        false
    }

    fn raw_quote(&mut self) -> Token {
        self.at += 1;
        match memchr::memchr(b'`', &self.source[self.at..]) {
            Some(length) => {
                self.at += length + 1;
                self.token(TokenKind::RawString)
            }
            None => self.error("unterminated raw quoted string"),
        }
    }

    fn number(&mut self) -> Token {
        let mut valid = self.scan_number();
        let mut kind = TokenKind::Number;
        if valid && matches!(self.source.get(self.at), Some(b'+' | b'-')) {
            // Complex: 1+2i, without spaces.
            valid = self.scan_number() && self.source[self.at - 1] == b'i';
            kind = TokenKind::Complex;
        }
        if valid {
            return self.token(kind);
        }
        let text = quoted(&self.source[self.start..self.at]);
        self.error(format!("bad number syntax: {text}"))
    }

    fn scan_number(&mut self) -> bool {
        self.accept(b"+-");
        let mut digits: &[u8] = b"0123456789_";
        let mut exponent: &[u8] = b"eE";
        if self.accept(b"0") {
            if self.accept(b"xX") {
                (digits, exponent) = (b"0123456789abcdefABCDEF_", b"pP");
            } else if self.accept(b"oO") {
                (digits, exponent) = (b"01234567_", b"");
            } else if self.accept(b"bB") {
                (digits, exponent) = (b"01_", b"");
            }
        }
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        if self.accept(exponent) {
            self.accept(b"+-");
            self.accept_run(b"0123456789_");
        }
        self.accept(b"i");
        let (rune, length) = self.peek();
        if length > 0 && is_alphanumeric(rune) {
            // The message quotes the character that is wrong.
            self.at += length;
            return false;
        }
        true
    }

    fn accept(&mut self, set: &[u8]) -> bool {
        let accepted = self.source.get(self.at).is_some_and(|byte| set.contains(byte));
        self.at += usize::from(accepted);
        accepted
    }

    fn accept_run(&mut self, set: &[u8]) {
        while self.accept(set) {}
    }
}

/// A rune as Go's `%#U` prints it.
fn code_point(rune: char) -> String {
    let code = format!("U+{:04X}", u32::from(rune));
    if is_printable(rune) { format!("{code} '{rune}'") } else { code }
}
