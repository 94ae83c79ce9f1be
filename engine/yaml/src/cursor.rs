//! A place in a text, with its line and column.

/// A position. `line` and `column` count from 0; `column` counts characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) offset: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Reads a text character by character. Past the end every byte reads as 0, which no valid text contains.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    pub(crate) mark: Mark,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, mark: Mark::default() }
    }

    /// The byte `ahead` bytes from here.
    pub(crate) fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.mark.offset + ahead).copied().unwrap_or(0)
    }

    pub(crate) fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.mark.offset..).unwrap_or_default()
    }

    fn rest_bytes(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.mark.offset..).unwrap_or_default()
    }

    pub(crate) fn is_end(&self, ahead: usize) -> bool {
        self.mark.offset + ahead >= self.text.len()
    }

    pub(crate) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    /// YAML 1.1 has five line breaks: CR, LF, NEL, LS and PS.
    pub(crate) fn is_break(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            b'\r' | b'\n' => true,
            0xC2 => self.byte(ahead + 1) == 0x85,
            0xE2 => self.byte(ahead + 1) == 0x80 && matches!(self.byte(ahead + 2), 0xA8 | 0xA9),
            _ => false,
        }
    }

    pub(crate) fn is_break_or_end(&self, ahead: usize) -> bool {
        self.is_break(ahead) || self.is_end(ahead)
    }

    pub(crate) fn is_blank_or_end(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_break_or_end(ahead)
    }

    /// Whether `---` or `...` stands here at the start of a line, as a document boundary.
    pub(crate) fn is_document_boundary(&self) -> bool {
        self.mark.column == 0
            && matches!(self.rest_bytes(), [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..])
            && self.is_blank_or_end(3)
    }

    pub(crate) fn is_byte_order_mark(&self) -> bool {
        self.rest_bytes().starts_with("\u{FEFF}".as_bytes())
    }

    /// Passes over a byte order mark, which takes no column.
    pub(crate) fn skip_mark(&mut self) {
        self.mark.offset += '\u{FEFF}'.len_utf8();
    }

    /// Letters, digits, `_` and `-`: what anchors, tag handles and directive names are made of.
    pub(crate) fn is_word(&self) -> bool {
        let byte = self.byte(0);
        byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
    }

    /// Passes over the rest of the line, its break excluded, and returns it.
    pub(crate) fn skip_to_break(&mut self) -> &'a str {
        let rest = self.rest_bytes();
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let start = self.mark.offset;
        if rest.get(..length).is_some_and(<[u8]>::is_ascii) {
            self.skip_bytes(length);
        } else {
            // The other breaks are no ASCII.
            while !self.is_break_or_end(0) {
                self.skip();
            }
        }
        self.slice(start, self.mark.offset)
    }

    /// Passes over ASCII characters as long as they are of a kind, which line breaks are not.
    pub(crate) fn skip_while(&mut self, is_of_kind: impl Fn(u8) -> bool) {
        let length = self.rest_bytes().iter().take_while(|byte| byte.is_ascii() && is_of_kind(**byte)).count();
        self.skip_bytes(length);
    }

    /// Passes over one character that is no line break.
    pub(crate) fn skip(&mut self) {
        if let Some(character) = self.rest().chars().next() {
            self.mark.offset += character.len_utf8();
            self.mark.column += 1;
        }
    }

    pub(crate) fn skip_bytes(&mut self, ascii: usize) {
        self.mark.offset += ascii;
        self.mark.column += ascii;
    }

    /// Copies one character to `out`.
    pub(crate) fn read(&mut self, out: &mut String) {
        if let Some(character) = self.rest().chars().next() {
            out.push(character);
            self.skip();
        }
    }

    /// Passes over one line break.
    pub(crate) fn skip_line(&mut self) {
        let length = match (self.byte(0), self.byte(1)) {
            (b'\r', b'\n') | (0xC2, _) => 2,
            (0xE2, _) => 3,
            _ => 1,
        };
        self.mark = Mark { offset: self.mark.offset + length, line: self.mark.line + 1, column: 0 };
    }

    /// Copies one line break to `out`: LS and PS as they are, all others as `\n`; nothing where there is none.
    pub(crate) fn read_line(&mut self, out: &mut String) {
        if !self.is_break(0) {
            return;
        }
        let start = self.mark.offset;
        let separator = self.byte(0) == 0xE2;
        self.skip_line();
        if separator {
            out.push_str(self.slice(start, self.mark.offset));
        } else {
            out.push('\n');
        }
    }

    /// At the end of input the last line counts as finished, so that errors there name the next one.
    pub(crate) fn finish_line(&mut self) {
        if self.mark.column != 0 {
            self.mark = Mark { offset: self.mark.offset, line: self.mark.line + 1, column: 0 };
        }
    }
}
