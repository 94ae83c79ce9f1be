//! Integers, floats and complex numbers under their verbs.

use super::text::{rune_of, unicode};
use super::{Printer, float};
use crate::literal::escape_rune;

impl Printer<'_> {
    /// False if the verb is not one for integers.
    pub(super) fn signed(&mut self, value: i64, verb: char) -> bool {
        self.integer(value.unsigned_abs(), value < 0, value as u64, verb)
    }

    /// False if the verb is not one for integers.
    pub(super) fn unsigned(&mut self, value: u64, verb: char) -> bool {
        if verb == 'v' && self.spec.sharp_v {
            let sharp = std::mem::replace(&mut self.spec.sharp, true);
            self.digits(value, false, 16, 'v');
            self.spec.sharp = sharp;
            return true;
        }
        self.integer(value, false, value, verb)
    }

    fn integer(&mut self, magnitude: u64, negative: bool, bits: u64, verb: char) -> bool {
        match verb {
            'v' | 'd' => self.digits(magnitude, negative, 10, verb),
            'b' => self.digits(magnitude, negative, 2, verb),
            'o' | 'O' => self.digits(magnitude, negative, 8, verb),
            'x' | 'X' => self.digits(magnitude, negative, 16, verb),
            'c' => {
                let rune = rune_of(bits);
                self.pad(rune.encode_utf8(&mut [0; 4]).as_bytes());
            }
            'q' => {
                let mut out = String::from("'");
                escape_rune(&mut out, rune_of(bits), '\'', self.spec.plus);
                out.push('\'');
                self.pad(out.as_bytes());
            }
            'U' => {
                let text = unicode(bits, self.spec.precision.unwrap_or(4).max(4), self.spec.sharp);
                self.pad_spaces(text.as_bytes());
            }
            _ => return false,
        }
        true
    }

    pub(super) fn digits(&mut self, magnitude: u64, negative: bool, base: u32, verb: char) {
        let signed = negative || self.spec.plus || self.spec.space;
        let mut least = 0;
        if let Some(precision) = self.spec.precision {
            if precision == 0 && magnitude == 0 {
                return self.pad_spaces(b"");
            }
            least = precision;
        } else if let (true, false, Some(width)) = (self.spec.zero, self.spec.minus, self.spec.width) {
            least = width.saturating_sub(usize::from(signed));
        }
        let digits = match (base, verb) {
            (2, _) => format!("{magnitude:b}"),
            (8, _) => format!("{magnitude:o}"),
            (16, 'X') => format!("{magnitude:X}"),
            (16, _) => format!("{magnitude:x}"),
            _ => format!("{magnitude}"),
        };
        // Not by Rust's own width, which ends at 65,535 with a panic.
        let digits = "0".repeat(least.saturating_sub(digits.len())) + &digits;
        let mut out = String::with_capacity(digits.len() + 3);
        match (negative, self.spec.plus, self.spec.space) {
            (true, ..) => out.push('-'),
            (false, true, _) => out.push('+'),
            (false, false, true) => out.push(' '),
            (false, false, false) => {}
        }
        out.push_str(if verb == 'O' { "0o" } else { "" });
        if self.spec.sharp {
            out.push_str(match (base, verb) {
                (2, _) => "0b",
                (8, _) if !digits.starts_with('0') => "0",
                (16, 'X') => "0X",
                (16, _) => "0x",
                _ => "",
            });
        }
        out.push_str(&digits);
        self.pad_spaces(out.as_bytes());
    }

    /// False if the verb is not one for floats.
    pub(super) fn float(&mut self, value: f64, bits: u32, verb: char) -> bool {
        let (form, default) = match verb {
            'v' => ('g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb, None),
            'f' | 'e' | 'E' => (verb, Some(6)),
            'F' => ('f', Some(6)),
            _ => return false,
        };
        let precision = self.spec.precision.or(default);
        let mut text = float::format_bits(value, form, precision, bits);
        if !text.starts_with(['-', '+']) {
            text.insert(0, '+');
        }
        if self.spec.space && text.starts_with('+') && !self.spec.plus {
            text.replace_range(..1, " ");
        }
        let special = text[1..].starts_with(['I', 'N']);
        if special {
            let bare = text[1..].starts_with('N') && !self.spec.space && !self.spec.plus;
            self.pad_spaces(&text.as_bytes()[usize::from(bare)..]);
            return true;
        }
        if self.spec.sharp && verb != 'b' {
            text = with_point(&text, verb, precision);
        }
        self.pad_float(&text);
        true
    }

    /// Pads a number with its sign; zeros go between sign and digits.
    fn pad_float(&mut self, text: &str) {
        if !self.spec.plus && text.starts_with('+') {
            return self.pad(&text.as_bytes()[1..]);
        }
        let width = self.spec.width.unwrap_or(0);
        if self.spec.zero && !self.spec.minus && width > text.len() {
            self.write(&text[..1]);
            self.write_padding(width - text.len());
            return self.write(&text[1..]);
        }
        self.pad(text.as_bytes());
    }

    /// False if the verb is not one for complex numbers.
    pub(super) fn complex(&mut self, real: f64, imaginary: f64, verb: char) -> bool {
        if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
            return false;
        }
        self.push(b'(');
        self.float(real, 64, verb);
        // The imaginary part always has a sign.
        let plus = std::mem::replace(&mut self.spec.plus, true);
        self.float(imaginary, 64, verb);
        self.spec.plus = plus;
        self.write("i)");
        true
    }
}

/// The `#` flag: always a decimal point, and for `%g` trailing zeros. `text` starts with a sign.
fn with_point(text: &str, verb: char, precision: Option<usize>) -> String {
    let mut missing = match verb {
        'v' | 'g' | 'G' | 'x' => precision.map_or(6, |precision| precision as i64),
        _ => 0,
    };
    let exponents: &[char] = if matches!(verb, 'x' | 'X') { &['p', 'P'] } else { &['e', 'E', 'p', 'P'] };
    let split = text.find(exponents).unwrap_or(text.len());
    let (number, tail) = text.split_at(split);
    let mut significant = false;
    for digit in number[1..].chars().filter(|&digit| digit != '.') {
        significant |= digit != '0';
        missing -= i64::from(significant);
    }
    let mut out = number.to_owned();
    if !number.contains('.') {
        missing -= i64::from(number.len() == 2 && number.ends_with('0'));
        out.push('.');
    }
    out.extend(std::iter::repeat_n('0', usize::try_from(missing).unwrap_or(0)));
    out + tail
}
