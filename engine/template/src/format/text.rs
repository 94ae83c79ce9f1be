//! Strings: `%s`, `%q`, `%x`.

use super::Printer;
use crate::literal::{decode_rune, is_printable, quote};

impl Printer<'_> {
    /// False if the verb is not one for strings.
    pub(super) fn string(&mut self, text: &[u8], verb: char) -> bool {
        match verb {
            'v' if self.spec.sharp_v => self.quoted(text),
            'v' | 's' => {
                let text = self.truncate(text);
                self.pad(text);
            }
            'x' => self.hex(text, b"0123456789abcdef", b'x'),
            'X' => self.hex(text, b"0123456789ABCDEF", b'X'),
            'q' => self.quoted(text),
            _ => return false,
        }
        true
    }

    fn quoted(&mut self, text: &[u8]) {
        let text = self.truncate(text);
        if self.spec.sharp && can_backquote(text) {
            let raw = [b"`", text, b"`"].concat();
            return self.pad(&raw);
        }
        let quoted = quote(text, '"', self.spec.plus);
        self.pad(quoted.as_bytes());
    }

    /// Cuts to as many runes as the precision says.
    fn truncate<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let Some(precision) = self.spec.precision else { return text };
        let mut length = 0;
        for _ in 0..precision {
            match decode_rune(&text[length..]).1 {
                0 => break,
                rune => length += rune,
            }
        }
        &text[..length]
    }

    fn hex(&mut self, text: &[u8], digits: &[u8; 16], x: u8) {
        let text = &text[..text.len().min(self.spec.precision.unwrap_or(usize::MAX))];
        let mut out = Vec::with_capacity(text.len() * 2 + 2);
        for (index, byte) in text.iter().enumerate() {
            if self.spec.space && index > 0 {
                out.push(b' ');
            }
            if self.spec.sharp && (self.spec.space || index == 0) {
                out.extend_from_slice(&[b'0', x]);
            }
            out.push(digits[usize::from(byte >> 4)]);
            out.push(digits[usize::from(byte & 15)]);
        }
        self.pad(&out);
    }
}

/// Whether the text can stand in back quotes on one line (`strconv.CanBackquote`).
fn can_backquote(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    !text.chars().any(|rune| rune == '\u{feff}' || rune == '`' || rune == '\u{7f}' || rune < ' ' && rune != '\t')
}

/// The rune of an integer; what is no rune becomes U+FFFD.
pub(super) fn rune_of(code: u64) -> char {
    u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// `U+0041`, with the character behind it if `sharp`.
pub(super) fn unicode(code: u64, digits: usize, sharp: bool) -> String {
    let mut out = format!("U+{code:0digits$X}");
    if let Some(rune) = u32::try_from(code).ok().and_then(char::from_u32).filter(|&rune| sharp && is_printable(rune)) {
        out.push_str(&format!(" '{rune}'"));
    }
    out
}
