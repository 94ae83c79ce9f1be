//! Moments of RFC 3339, with the complaints of Go's `time.Parse`, and written again as Go writes them.

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// Go's moment that nobody set.
pub(crate) const ZERO: &str = "0001-01-01T00:00:00Z";

/// The moment as Go reads and writes it again: two digits each, no zeros at the end of a fraction, `Z` for no offset.
///
/// # Errors
/// What is wrong with `text`, as Go says it.
pub(crate) fn normalised(text: &str) -> Result<String, String> {
    let mut parser = Parser { text, rest: text };
    let year = parser.year()?;
    parser.literal("-")?;
    let month = parser.number("01", Digits::Two, 1..=12, "month")?;
    parser.literal("-")?;
    let day = parser.number("02", Digits::Two, 0..=99, "day")?;
    parser.literal("T")?;
    let hour = parser.number("15", Digits::OneOrTwo, 0..=23, "hour")?;
    parser.literal(":")?;
    let minute = parser.number("04", Digits::Two, 0..=59, "minute")?;
    parser.literal(":")?;
    let second = parser.number("05", Digits::Two, 0..=59, "second")?;
    let fraction = parser.fraction().trim_end_matches('0');
    let zone = parser.zone()?;
    if !parser.rest.is_empty() {
        return Err(parser.said(&format!("extra text: {}", quoted(parser.rest))));
    }
    if day < 1 || day > days(year, month) {
        return Err(parser.said("day out of range"));
    }
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{point}{fraction}{zone}"))
}

/// A text in quotes, as Go's `time` prints it: controls and what is not ASCII byte by byte.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..0x80 => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

struct Parser<'t> {
    text: &'t str,
    rest: &'t str,
}

#[derive(Clone, Copy, PartialEq)]
enum Digits {
    OneOrTwo,
    Two,
}

impl<'t> Parser<'t> {
    fn said(&self, what: &str) -> String {
        format!("parsing time {}: {what}", quoted(self.text))
    }

    fn mismatch(&self, element: &str) -> String {
        let (text, rest) = (quoted(self.text), quoted(self.rest));
        format!("parsing time {text} as \"{LAYOUT}\": cannot parse {rest} as \"{element}\"")
    }

    fn year(&mut self) -> Result<u32, String> {
        let digits = self.rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let year = digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| self.mismatch("2006"))?;
        self.rest = &self.rest[4..];
        Ok(year)
    }

    fn literal(&mut self, literal: &str) -> Result<(), String> {
        self.rest = self.rest.strip_prefix(literal).ok_or_else(|| self.mismatch(literal))?;
        Ok(())
    }

    fn number(
        &mut self,
        element: &str,
        digits: Digits,
        range: std::ops::RangeInclusive<u32>,
        name: &str,
    ) -> Result<u32, String> {
        let count = self.rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
        if count == 0 || (count == 1 && digits == Digits::Two) {
            return Err(self.mismatch(element));
        }
        let (number, rest) = self.rest.split_at(count);
        self.rest = rest;
        let number = number.parse().unwrap_or(u32::MAX);
        if range.contains(&number) { Ok(number) } else { Err(self.said(&format!("{name} out of range"))) }
    }

    /// The digits behind the point, of which Go keeps nanoseconds.
    fn fraction(&mut self) -> &'t str {
        let Some(digits) = self.rest.strip_prefix(['.', ',']) else { return "" };
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if count > 0 {
            self.rest = &digits[count..];
        }
        &digits[..count.min(9)]
    }

    fn zone(&mut self) -> Result<&'t str, String> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok("Z");
        }
        let bytes = self.rest.as_bytes();
        let number = |at: usize| match bytes.get(at..at + 2) {
            Some([tens @ b'0'..=b'9', ones @ b'0'..=b'9']) => Some(10 * (tens - b'0') + ones - b'0'),
            _ => None,
        };
        let colon = bytes.get(3) == Some(&b':');
        let (Some(hours), Some(minutes), true) = (number(1), number(4), colon) else {
            return Err(self.mismatch("Z07:00"));
        };
        // Go looks at the ranges before the sign.
        if hours > 24 {
            return Err(self.said("time zone offset hour out of range"));
        }
        if minutes > 60 {
            return Err(self.said("time zone offset minute out of range"));
        }
        if !matches!(bytes.first(), Some(b'+' | b'-')) {
            return Err(self.mismatch("Z07:00"));
        }
        let (zone, rest) = self.rest.split_at(6);
        self.rest = rest;
        Ok(if hours == 0 && minutes == 0 { "Z" } else { zone })
    }
}

fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::normalised;

    /// What Go 1.27's `time.Parse(time.RFC3339, …)` answers.
    #[test]
    fn says_what_go_says() {
        let cannot = |rest: &str, element: &str| {
            format!(" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{rest}\" as \"{element}\"")
        };
        let cases = [
            ("", cannot("", "2006")),
            ("226-1", cannot("226-1", "2006")),
            ("2026", cannot("", "-")),
            ("2026-1-01", cannot("1-01", "01")),
            ("2026-13-01", ": month out of range".to_owned()),
            ("2026-02-29T00:00:00Z", ": day out of range".to_owned()),
            ("2026-01-00T00:00:00Z", ": day out of range".to_owned()),
            ("2026-01-01 00:00:00Z", cannot(" 00:00:00Z", "T")),
            ("2026-01-01T24:00:00Z", ": hour out of range".to_owned()),
            ("2026-01-01T00:60:00Z", ": minute out of range".to_owned()),
            ("2026-01-01T00:00:60Z", ": second out of range".to_owned()),
            ("2026-01-01T00:00:00.Z", cannot(".Z", "Z07:00")),
            ("2026-01-01T00:00:00+2500", cannot("+2500", "Z07:00")),
            ("2026-01-01T00:00:00+25:00", ": time zone offset hour out of range".to_owned()),
            ("2026-01-01T00:00:00 01:00", cannot(" 01:00", "Z07:00")),
            ("2026-01-01T00:00:00Zé\t", ": extra text: \"\\xc3\\xa9\\x09\"".to_owned()),
        ];
        for (text, wanted) in cases {
            assert_eq!(normalised(text), Err(format!("parsing time {}{wanted}", super::quoted(text))));
        }
        let cases = [
            ("2026-02-28T23:59:59Z", "2026-02-28T23:59:59Z"),
            ("2024-02-29T1:59:59.123456789012+23:59", "2024-02-29T01:59:59.123456789+23:59"),
            ("2026-02-28T23:59:59,50-00:00", "2026-02-28T23:59:59.5Z"),
            ("2026-01-01T00:00:00.000-07:00", "2026-01-01T00:00:00-07:00"),
        ];
        for (text, wanted) in cases {
            assert_eq!(normalised(text).as_deref(), Ok(wanted));
        }
    }
}
