//! `Sprintf`: the format string, its flags, widths and argument indexes.

use super::{Printer, Spec};
use crate::literal::decode_rune;
use crate::value::Value;

/// `fmt.Sprintf`. Wrong verbs and numbers of arguments show in the text, as in Go.
pub fn sprintf(format: &[u8], arguments: &[Value]) -> Vec<u8> {
    let mut out = Vec::with_capacity(format.len() + 16);
    let printer = Printer::new(&mut out);
    Directives { printer, format, at: 0, arguments, next: 0, reordered: false, good_index: true }.run();
    out
}

struct Directives<'d> {
    printer: Printer<'d>,
    format: &'d [u8],
    at: usize,
    arguments: &'d [Value],
    /// The argument that comes next.
    next: usize,
    /// An explicit index was used: extra arguments are no error.
    reordered: bool,
    good_index: bool,
}

/// Go's bound for widths, precisions and indexes.
const LARGEST: usize = 1_000_000;

impl Directives<'_> {
    fn run(&mut self) {
        while self.at < self.format.len() && !self.printer.is_full() {
            let rest = &self.format[self.at..];
            let plain = memchr::memchr(b'%', rest).unwrap_or(rest.len());
            self.printer.write(&rest[..plain]);
            self.at += plain;
            if self.at >= self.format.len() {
                break;
            }
            self.at += 1;
            self.directive();
        }
        self.extra_arguments();
    }

    /// One directive; the `%` has been read.
    fn directive(&mut self) {
        self.good_index = true;
        self.printer.spec = Spec::default();
        self.flags();
        let mut after_index = self.argument_index();
        after_index = self.width(after_index);
        after_index = self.precision(after_index);
        if !after_index {
            self.argument_index();
        }
        let (rune, length) = decode_rune(&self.format[self.at.min(self.format.len())..]);
        if length == 0 {
            return self.printer.write("%!(NOVERB)");
        }
        self.at += length;
        self.verb(rune.unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    fn verb(&mut self, verb: char) {
        if verb == '%' {
            return self.printer.push(b'%');
        }
        if !self.good_index {
            return self.printer.write(format!("%!{verb}(BADINDEX)"));
        }
        let Some(argument) = self.arguments.get(self.next) else {
            return self.printer.write(format!("%!{verb}(MISSING)"));
        };
        self.next += 1;
        let spec = &mut self.printer.spec;
        if verb == 'v' {
            spec.sharp_v = std::mem::take(&mut spec.sharp);
            spec.plus_v = std::mem::take(&mut spec.plus);
        }
        self.printer.argument(argument, verb);
    }

    fn flags(&mut self) {
        while let Some(byte) = self.format.get(self.at) {
            let spec = &mut self.printer.spec;
            match byte {
                b'#' => spec.sharp = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b'-' => spec.minus = true,
                b' ' => spec.space = true,
                _ => return,
            }
            self.at += 1;
        }
    }

    fn width(&mut self, after_index: bool) -> bool {
        if self.format.get(self.at) != Some(&b'*') {
            self.printer.spec.width = self.number();
            if after_index && self.printer.spec.width.is_some() {
                self.good_index = false;
            }
            return after_index;
        }
        self.at += 1;
        match self.int_argument() {
            None => self.printer.write("%!(BADWIDTH)"),
            Some(width) => {
                if width < 0 {
                    self.printer.spec.minus = true;
                    self.printer.spec.zero = false;
                }
                self.printer.spec.width = Some(width.unsigned_abs() as usize);
            }
        }
        false
    }

    fn precision(&mut self, after_index: bool) -> bool {
        if self.format.get(self.at) != Some(&b'.') {
            return after_index;
        }
        self.at += 1;
        if after_index {
            self.good_index = false;
        }
        let after_index = self.argument_index();
        if self.format.get(self.at) != Some(&b'*') {
            self.printer.spec.precision = Some(self.number().unwrap_or(0));
            return after_index;
        }
        self.at += 1;
        self.printer.spec.precision = self.int_argument().and_then(|precision| usize::try_from(precision).ok());
        if self.printer.spec.precision.is_none() {
            self.printer.write("%!(BADPREC)");
        }
        false
    }

    /// Digits at this place. A number that is too large swallows the rest of the format.
    fn number(&mut self) -> Option<usize> {
        let mut number = None;
        while let Some(digit) = self.format.get(self.at).filter(|byte| byte.is_ascii_digit()) {
            let value = number.unwrap_or(0);
            if value > LARGEST {
                self.at = self.format.len();
                return None;
            }
            number = Some(value * 10 + usize::from(digit - b'0'));
            self.at += 1;
        }
        number
    }

    fn int_argument(&mut self) -> Option<i64> {
        let argument = self.arguments.get(self.next)?;
        self.next += 1;
        let int = match argument {
            Value::Int(_, int) => *int,
            Value::Uint(_, uint) => i64::try_from(*uint).ok()?,
            _ => return None,
        };
        (int.unsigned_abs() as usize <= LARGEST).then_some(int)
    }

    /// `[n]`, if one stands here.
    fn argument_index(&mut self) -> bool {
        if self.format.get(self.at) != Some(&b'[') {
            return false;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let close = if rest.len() < 3 { None } else { memchr::memchr(b']', rest) };
        let Some(close) = close else {
            self.good_index = false;
            self.at += 1;
            return false;
        };
        let digits = std::str::from_utf8(&rest[1..close]).unwrap_or_default();
        self.at += close + 1;
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let index = digits.parse::<usize>().ok().filter(|&index| plain && index <= LARGEST * 10);
        match index {
            Some(index) if (1..=self.arguments.len()).contains(&index) => self.next = index - 1,
            _ => self.good_index = false,
        }
        index.is_some()
    }

    fn extra_arguments(&mut self) {
        if self.reordered || self.next >= self.arguments.len() {
            return;
        }
        self.printer.spec = Spec::default();
        self.printer.write("%!(EXTRA ");
        for (index, argument) in self.arguments[self.next..].iter().enumerate() {
            if index > 0 {
                self.printer.write(", ");
            }
            if !argument.is_nil() {
                self.printer.write(argument.type_name());
                self.printer.push(b'=');
            }
            self.printer.argument(argument, 'v');
        }
        self.printer.push(b')');
    }
}
