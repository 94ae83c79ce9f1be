//! Character classes and escapes for one character.

use super::Translator;

impl Translator<'_> {
    /// `[…]`, with everything escaped that the regex crate would read as an operator.
    pub(super) fn class(&mut self) -> Result<(), String> {
        let whole = self.rest;
        let missing = || format!("missing closing ]: `{whole}`");
        let mut rest = &whole[1..];
        self.out.push('[');
        if let Some(negated) = rest.strip_prefix('^') {
            self.out.push('^');
            rest = negated;
        }
        let mut first = true;
        loop {
            if rest.is_empty() {
                return Err(missing());
            }
            if rest.starts_with(']') && !first {
                self.out.push(']');
                self.rest = &rest[1..];
                return Ok(());
            }
            first = false;
            rest = match self.class_set(rest)? {
                Some(after) => after,
                None => self.class_range(rest, &missing)?,
            };
        }
    }

    /// `[:name:]`, `\d` and its kin, `\p{…}`.
    fn class_set<'r>(&mut self, rest: &'r str) -> Result<Option<&'r str>, String> {
        if let Some(end) = rest.strip_prefix("[:").and_then(|posix| posix.find(":]")) {
            let whole = &rest[..end + 4];
            let name = whole[2..whole.len() - 2].trim_start_matches('^');
            const NAMES: &[&str] = &[
                "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
                "upper", "word", "xdigit",
            ];
            if !NAMES.contains(&name) {
                return Err(format!("invalid character class range: `{whole}`"));
            }
            self.out.push_str(whole);
            return Ok(Some(&rest[whole.len()..]));
        }
        let written = match rest.as_bytes() {
            [b'\\', b'd', ..] => "0-9",
            [b'\\', b'D', ..] => "[^0-9]",
            [b'\\', b's', ..] => r"\t\n\f\r ",
            [b'\\', b'S', ..] => r"[^\t\n\f\r ]",
            [b'\\', b'w', ..] => "0-9A-Za-z_",
            [b'\\', b'W', ..] => "[^0-9A-Za-z_]",
            [b'\\', b'p' | b'P', ..] => {
                let length = property_length(rest)?;
                self.out.push_str(&rest[..length]);
                return Ok(Some(&rest[length..]));
            }
            _ => return Ok(None),
        };
        self.out.push_str(written);
        Ok(Some(&rest[2..]))
    }

    /// One character, or two with a minus between.
    fn class_range<'r>(&mut self, rest: &'r str, missing: &dyn Fn() -> String) -> Result<&'r str, String> {
        let (low, length) = class_character(rest).map_err(|message| message.unwrap_or_else(missing))?;
        let mut after = &rest[length..];
        self.literal(low);
        let Some(upper) = after.strip_prefix('-').filter(|upper| !upper.is_empty() && !upper.starts_with(']')) else {
            return Ok(after);
        };
        let (high, length) = class_character(upper).map_err(|message| message.unwrap_or_else(missing))?;
        after = &upper[length..];
        if high < low {
            let range = &rest[..rest.len() - after.len()];
            return Err(format!("invalid character class range: `{range}`"));
        }
        self.out.push('-');
        self.literal(high);
        Ok(after)
    }
}

/// A character of a class and its length. No message means that the class does not end.
fn class_character(rest: &str) -> Result<(char, usize), Option<String>> {
    match rest.chars().next() {
        None => Err(None),
        Some('\\') => character_escape(rest).map_err(Some),
        Some(rune) => Ok((rune, rune.len_utf8())),
    }
}

/// An escape for one character, such as `\n`, `\x41`, `\012` or `\.`, and its length.
pub(super) fn character_escape(rest: &str) -> Result<(char, usize), String> {
    let bytes = rest.as_bytes();
    let Some(rune) = rest[1..].chars().next() else {
        return Err("trailing backslash at end of expression: ``".to_owned());
    };
    let invalid = |length: usize| format!("invalid escape sequence: `{}`", rest.get(..length).unwrap_or(rest));
    let octal = |byte: Option<&u8>| matches!(byte, Some(b'0'..=b'7'));
    match rune {
        'a' => Ok(('\u{7}', 2)),
        'f' => Ok(('\u{c}', 2)),
        'n' => Ok(('\n', 2)),
        'r' => Ok(('\r', 2)),
        't' => Ok(('\t', 2)),
        'v' => Ok(('\u{b}', 2)),
        '0' | '1'..='7' if rune == '0' || octal(bytes.get(2)) => {
            let count = 1 + bytes[2..].iter().take(2).take_while(|byte| octal(Some(byte))).count();
            let code = u32::from_str_radix(&rest[1..=count], 8).ok().and_then(char::from_u32);
            code.map(|rune| (rune, 1 + count)).ok_or_else(|| invalid(1 + count))
        }
        'x' if bytes.get(2) == Some(&b'{') => {
            let close = rest.find('}').ok_or_else(|| invalid(rest.len()))?;
            let code = u32::from_str_radix(&rest[3..close], 16).ok().and_then(char::from_u32);
            code.map(|rune| (rune, close + 1)).ok_or_else(|| invalid(close + 1))
        }
        'x' => {
            let digits = rest.get(2..4).ok_or_else(|| invalid(rest.len()))?;
            let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
            code.map(|rune| (rune, 4)).ok_or_else(|| invalid(4))
        }
        rune if rune.is_ascii() && !rune.is_ascii_alphanumeric() => Ok((rune, 2)),
        rune => Err(invalid(1 + rune.len_utf8())),
    }
}

/// Length of `\pL` or `\p{Greek}`.
pub(super) fn property_length(rest: &str) -> Result<usize, String> {
    let invalid = |length: usize| format!("invalid character class range: `{}`", &rest[..length]);
    if rest[2..].starts_with('{') {
        return rest.find('}').map(|close| close + 1).ok_or_else(|| invalid(rest.len()));
    }
    match rest[2..].chars().next() {
        Some(rune) if rune.is_ascii_alphabetic() => Ok(3),
        Some(rune) => Err(invalid(2 + rune.len_utf8())),
        None => Err(invalid(2)),
    }
}
