//! Block scalars: `|` literal and `>` folded.

use std::borrow::Cow;

use super::Scanner;
use crate::Error;
use crate::token::TokenKind;

/// What happens to the line breaks at the end.
#[derive(Clone, Copy, PartialEq)]
enum Chomp {
    Strip,
    Clip,
    Keep,
}

impl Scanner<'_> {
    pub(super) fn fetch_block_scalar(&mut self) -> Result<(), Error> {
        self.forget_key()?;
        self.key_allowed = true;
        let start = self.cursor.mark;
        let literal = self.cursor.byte(0) == b'|';
        self.cursor.skip_bytes(1);
        let (chomp, increment) = self.block_header()?;
        self.finish_directive_line()?;
        let mut indent = match increment {
            0 => 0,
            _ => self.indent.max(0) as usize + increment,
        };
        let (mut value, mut first_break, mut more_breaks) = (String::new(), String::new(), String::new());
        self.block_breaks(&mut indent, &mut more_breaks)?;
        let mut after_blank = false;
        while self.cursor.mark.column == indent && !self.cursor.is_end(0) {
            let blank = self.cursor.is_blank(0);
            if !literal && first_break.starts_with('\n') && !after_blank && !blank {
                if more_breaks.is_empty() {
                    value.push(' ');
                }
            } else {
                value.push_str(&first_break);
            }
            value.push_str(&more_breaks);
            first_break.clear();
            more_breaks.clear();
            after_blank = blank;
            value.push_str(self.cursor.skip_to_break());
            self.cursor.read_line(&mut first_break);
            self.block_breaks(&mut indent, &mut more_breaks)?;
        }
        if chomp != Chomp::Strip {
            value.push_str(&first_break);
        }
        if chomp == Chomp::Keep {
            value.push_str(&more_breaks);
        }
        self.push(TokenKind::Scalar { value: Cow::Owned(value), plain: false }, start);
        Ok(())
    }

    /// `+`, `-` and a digit, in any order.
    fn block_header(&mut self) -> Result<(Chomp, usize), Error> {
        let (mut chomp, mut increment) = (None, None);
        loop {
            match self.cursor.byte(0) {
                b'+' if chomp.is_none() => chomp = Some(Chomp::Keep),
                b'-' if chomp.is_none() => chomp = Some(Chomp::Strip),
                b'0' if increment.is_none() => {
                    return Err(self.error("found an indentation indicator equal to 0"));
                }
                digit @ b'1'..=b'9' if increment.is_none() => increment = Some(usize::from(digit - b'0')),
                _ => return Ok((chomp.unwrap_or(Chomp::Clip), increment.unwrap_or(0))),
            }
            self.cursor.skip_bytes(1);
        }
    }

    /// Indentation and blank lines; finds out `indent` (0 = not known yet) from the first line with content.
    fn block_breaks(&mut self, indent: &mut usize, breaks: &mut String) -> Result<(), Error> {
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.byte(0) == b' ' {
                self.cursor.skip_bytes(1);
            }
            deepest = deepest.max(self.cursor.mark.column);
            if (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.byte(0) == b'\t' {
                return Err(self.error("found a tab character where an indentation space is expected"));
            }
            if !self.cursor.is_break(0) {
                break;
            }
            self.cursor.read_line(breaks);
        }
        if *indent == 0 {
            *indent = deepest.max((self.indent + 1).max(1) as usize);
        }
        Ok(())
    }
}
