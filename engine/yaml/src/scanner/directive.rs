//! Directives (`%YAML`, `%TAG`), anchors, aliases and tags.

use super::Scanner;
use crate::Error;
use crate::token::TokenKind;

/// More digits than any version number needs.
const MAX_VERSION_DIGITS: usize = 9;

impl<'a> Scanner<'a> {
    pub(super) fn fetch_directive(&mut self) -> Result<(), Error> {
        self.close_blocks(-1);
        self.forget_key()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        self.cursor.skip_bytes(1);
        let name = self.word();
        if name.is_empty() {
            return Err(self.error("could not find expected directive name"));
        }
        if !self.cursor.is_blank_or_end(0) {
            return Err(self.error("found unexpected non-alphabetical character"));
        }
        let kind = match name {
            "YAML" => self.version()?,
            "TAG" => self.tag_directive()?,
            _ => return Err(self.error("found unknown directive name")),
        };
        self.finish_directive_line()?;
        self.push(kind, start);
        Ok(())
    }

    /// White space and a comment, then the end of the line.
    pub(super) fn finish_directive_line(&mut self) -> Result<(), Error> {
        self.skip_blanks();
        if self.cursor.byte(0) == b'#' {
            self.skip_comment();
        }
        if !self.cursor.is_break_or_end(0) {
            return Err(self.error("did not find expected comment or line break"));
        }
        if self.cursor.is_break(0) {
            self.cursor.skip_line();
        }
        Ok(())
    }

    fn skip_blanks(&mut self) {
        while self.cursor.is_blank(0) {
            self.cursor.skip_bytes(1);
        }
    }

    fn word(&mut self) -> &'a str {
        let start = self.cursor.mark.offset;
        while self.cursor.is_word() {
            self.cursor.skip_bytes(1);
        }
        self.cursor.slice(start, self.cursor.mark.offset)
    }

    fn version(&mut self) -> Result<TokenKind<'a>, Error> {
        self.skip_blanks();
        let major = self.version_number()?;
        if self.cursor.byte(0) != b'.' {
            return Err(self.error("did not find expected digit or '.' character"));
        }
        self.cursor.skip_bytes(1);
        let minor = self.version_number()?;
        Ok(TokenKind::Version { major, minor })
    }

    fn version_number(&mut self) -> Result<u32, Error> {
        let (mut number, mut digits) = (0, 0);
        while self.cursor.byte(0).is_ascii_digit() {
            digits += 1;
            if digits > MAX_VERSION_DIGITS {
                return Err(self.error("found extremely long version number"));
            }
            number = number * 10 + u32::from(self.cursor.byte(0) - b'0');
            self.cursor.skip_bytes(1);
        }
        if digits == 0 { Err(self.error("did not find expected version number")) } else { Ok(number) }
    }

    fn tag_directive(&mut self) -> Result<TokenKind<'a>, Error> {
        self.skip_blanks();
        let handle = self.tag_handle()?;
        if handle != "!" && !handle.ends_with('!') {
            return Err(self.error("did not find expected '!'"));
        }
        if !self.cursor.is_blank(0) {
            return Err(self.error("did not find expected whitespace"));
        }
        self.skip_blanks();
        let prefix = self.tag_uri("")?;
        if !self.cursor.is_blank_or_end(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }

    /// `&name` or `*name`.
    pub(super) fn fetch_anchor(&mut self) -> Result<(), Error> {
        self.note_key()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let alias = self.cursor.byte(0) == b'*';
        self.cursor.skip_bytes(1);
        let name = self.word();
        let ends = self.cursor.is_blank_or_end(0)
            || matches!(self.cursor.byte(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            return Err(self.error("did not find expected alphabetic or numeric character"));
        }
        self.push(if alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) }, start);
        Ok(())
    }

    /// `!local`, `!!core`, `!handle!suffix`, `!<uri>` or a lone `!`.
    pub(super) fn fetch_tag(&mut self) -> Result<(), Error> {
        self.note_key()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let (handle, suffix) = if self.cursor.byte(1) == b'<' {
            self.cursor.skip_bytes(2);
            let uri = self.tag_uri("")?;
            if self.cursor.byte(0) != b'>' {
                return Err(self.error("did not find the expected '>'"));
            }
            self.cursor.skip_bytes(1);
            ("", uri)
        } else {
            let head = self.tag_handle()?;
            if head.len() > 1 && head.ends_with('!') {
                (head, self.tag_uri("")?)
            } else {
                match self.tag_uri(head)? {
                    suffix if suffix.is_empty() => ("", "!".to_owned()),
                    suffix => ("!", suffix),
                }
            }
        };
        if !self.cursor.is_blank_or_end(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        self.push(TokenKind::Tag { handle, suffix }, start);
        Ok(())
    }

    /// `!`, `!!` or `!word!`; without the closing mark it is the beginning of a local tag.
    fn tag_handle(&mut self) -> Result<&'a str, Error> {
        if self.cursor.byte(0) != b'!' {
            return Err(self.error("did not find expected '!'"));
        }
        let start = self.cursor.mark.offset;
        self.cursor.skip_bytes(1);
        self.word();
        if self.cursor.byte(0) == b'!' {
            self.cursor.skip_bytes(1);
        }
        Ok(self.cursor.slice(start, self.cursor.mark.offset))
    }

    /// The rest of a tag; `head` is what [`Self::tag_handle`] already took of it.
    fn tag_uri(&mut self, head: &str) -> Result<String, Error> {
        let mut uri = head.get(1..).unwrap_or_default().to_owned();
        loop {
            match self.cursor.byte(0) {
                b'%' => self.uri_escape(&mut uri)?,
                b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',' | b'.' | b'!' | b'~' | b'*'
                | b'\'' | b'(' | b')' | b'[' | b']' => self.cursor.read(&mut uri),
                _ if self.cursor.is_word() => self.cursor.read(&mut uri),
                _ => break,
            }
        }
        if head.is_empty() && uri.is_empty() { Err(self.error("did not find expected tag URI")) } else { Ok(uri) }
    }

    /// `%41%C3%A9`: the bytes of characters in hexadecimal.
    fn uri_escape(&mut self, uri: &mut String) -> Result<(), Error> {
        let mut bytes = Vec::new();
        loop {
            let digits = self.cursor.slice(self.cursor.mark.offset + 1, self.cursor.mark.offset + 3);
            let octet = u8::from_str_radix(digits, 16).ok().filter(|_| self.cursor.byte(0) == b'%');
            bytes.push(octet.ok_or_else(|| self.error("did not find URI escaped octet"))?);
            match std::str::from_utf8(&bytes) {
                Ok(_) => break,
                // A character is not finished.
                Err(error) if error.error_len().is_none() => {}
                Err(_) if bytes.len() == 1 => return Err(self.error("found an incorrect leading UTF-8 octet")),
                Err(_) => return Err(self.error("found an incorrect trailing UTF-8 octet")),
            }
            self.cursor.skip_bytes(3);
        }
        self.cursor.skip_bytes(3);
        let text = String::from_utf8_lossy(&bytes);
        uri.push_str(&text);
        Ok(())
    }
}
