//! Number literals: which of int, uint, float and complex the text can be.

use super::unquote_unit;

/// A number literal with every reading that its text allows (`NumberNode` in text/template/parse).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Number {
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

impl Number {
    /// Reads a character constant with its quotes.
    pub(crate) fn character(text: &str) -> Result<Self, String> {
        let malformed = || format!("malformed character constant: {text}");
        let body = text.as_bytes().get(1..).unwrap_or_default();
        let (unit, length) = unquote_unit(body, b'\'').ok_or("invalid syntax")?;
        if body.get(length..) != Some(b"'") {
            return Err(malformed());
        }
        let code = unit.code();
        Ok(Self { int: Some(code), uint: u64::try_from(code).ok(), float: Some(code as f64), complex: None })
    }

    /// Reads a pair such as `1+2i`.
    pub(crate) fn pair(text: &str) -> Result<Self, String> {
        let syntax = || format!("illegal number syntax: {text:?}");
        let body = text.strip_suffix('i').ok_or_else(syntax)?;
        let bytes = body.as_bytes();
        let split = (1..bytes.len())
            .rev()
            .find(|&at| matches!(bytes[at], b'+' | b'-') && !matches!(bytes[at - 1], b'e' | b'E' | b'p' | b'P'))
            .ok_or_else(syntax)?;
        let real = parse_float(&body[..split]).ok_or_else(syntax)?;
        let imaginary = parse_float(&body[split..]).ok_or_else(syntax)?;
        Ok(Self::from_complex(real, imaginary))
    }

    /// Reads an integer, a float, or an imaginary constant.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Some(imaginary) = text.strip_suffix('i').and_then(parse_float) {
            return Ok(Self::from_complex(0.0, imaginary));
        }
        let (int, mut uint) = (parse_int(text), parse_uint(text));
        if int == Some(0) {
            uint = Some(0);
        }
        if int.is_some() || uint.is_some() {
            let float = int.map(|int| int as f64).or(uint.map(|uint| uint as f64));
            return Ok(Self { int, uint, float, complex: None });
        }
        let float = parse_float(text).ok_or_else(|| format!("illegal number syntax: {text:?}"))?;
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {text:?}"));
        }
        Ok(Self { int: whole(float), uint: whole_unsigned(float), float: Some(float), complex: None })
    }

    fn from_complex(real: f64, imaginary: f64) -> Self {
        let complex = Some((real, imaginary));
        if imaginary != 0.0 {
            return Self { complex, ..Self::default() };
        }
        Self { int: whole(real), uint: whole_unsigned(real), float: Some(real), complex }
    }
}

fn whole(float: f64) -> Option<i64> {
    let int = float as i64;
    (int as f64 == float && int != i64::MAX).then_some(int)
}

fn whole_unsigned(float: f64) -> Option<u64> {
    let uint = float as u64;
    (uint as f64 == float && uint != u64::MAX).then_some(uint)
}

/// `strconv.ParseInt(text, 0, 64)`.
fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = i128::from(parse_uint(digits)?);
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// `strconv.ParseUint(text, 0, 64)`: the prefix names the base, underscores separate digits.
fn parse_uint(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (base, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    if digits.is_empty() || !underscores_ok(&lower) || digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), base).ok()
}

/// Underscores stand between digits, or between a base prefix and a digit (`underscoreOK` in strconv).
fn underscores_ok(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text).as_bytes();
    let prefixed = matches!(unsigned, [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]);
    let hex = matches!(unsigned, [b'0', b'x' | b'X', ..]);
    let mut previous = if prefixed { b'0' } else { b'^' };
    for &byte in &unsigned[if prefixed { 2 } else { 0 }..] {
        let digit = byte.is_ascii_digit() || hex && byte.is_ascii_hexdigit();
        previous = match (digit, byte) {
            (true, _) => b'0',
            (false, b'_') if previous != b'0' => return false,
            (false, b'_') => b'_',
            (false, _) if previous == b'_' => return false,
            (false, _) => b'!',
        };
    }
    previous != b'_'
}

/// `strconv.ParseFloat(text, 64)` without the range error: decimal and hexadecimal, with underscores.
fn parse_float(text: &str) -> Option<f64> {
    if text.contains('_') && !underscores_ok(text) {
        return None;
    }
    let plain = text.replace('_', "");
    let (sign, body) = match plain.strip_prefix('-') {
        Some(body) => (-1.0, body),
        None => (1.0, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    if let Some(hex) = body.strip_prefix("0x").or(body.strip_prefix("0X")) {
        return hex_float(hex).map(|float| sign * float);
    }
    let numeric = body.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    let float: f64 = if numeric { body.parse().ok()? } else { return None };
    float.is_finite().then_some(sign * float)
}

fn hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let digits = whole.chars().chain(fraction.chars());
    let value =
        digits.map(|digit| digit.to_digit(16)).try_fold(0.0, |value, digit| Some(value * 16.0 + f64::from(digit?)))?;
    let scale = exponent.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?;
    let float: f64 = value * 2f64.powi(scale);
    float.is_finite().then_some(float)
}
