//! Go's spelling of floating-point numbers.

/// How `strconv.FormatFloat(value, format, -1, 64)` lays digits out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Exponent for values below 1e-4 or from 1e6 on (`%v` of fmt, and go-yaml).
    Shortest,
    /// Exponent for values below 1e-6 or from 1e21 on, without a leading zero in it (`encoding/json`).
    Json,
}

/// `value` as `fmt` prints it with `%v`: the fewest digits that read back the same, with an exponent from 1e6 on.
pub fn format_float(value: f64) -> String {
    format(value, Layout::Shortest)
}

pub(crate) fn format(value: f64, layout: Layout) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() };
    }
    let (low, high) = match layout {
        Layout::Shortest => (1e-4, 1e6),
        Layout::Json => (1e-6, 1e21),
    };
    let size = value.abs();
    if size == 0.0 || (size >= low && size < high) {
        return value.to_string();
    }
    exponent(&format!("{value:e}"), layout)
}

/// Go's digits of a float as YAML spells them: infinities and NaN have words of their own.
pub(crate) fn in_yaml(digits: String) -> String {
    match digits.as_str() {
        "+Inf" => ".inf".to_owned(),
        "-Inf" => "-.inf".to_owned(),
        "NaN" => ".nan".to_owned(),
        _ => digits,
    }
}

/// `value` rounded to 32 bits: how the YAML library spells keys.
pub(crate) fn format_single(value: f64) -> String {
    let single = value as f32;
    if !single.is_finite() {
        return format_float(f64::from(single));
    }
    let size = single.abs();
    if size == 0.0 || (1e-4..1e6).contains(&size) {
        return single.to_string();
    }
    exponent(&format!("{single:e}"), Layout::Shortest)
}

/// `1.5e-07` (or `1.5e-7` for JSON): Rust writes `1.5e-7`, Go at least two digits of exponent.
fn exponent(text: &str, layout: Layout) -> String {
    let Some((digits, power)) = text.split_once('e') else { return text.to_owned() };
    let (sign, power) = match power.strip_prefix('-') {
        Some(power) => ('-', power),
        None => ('+', power),
    };
    let pad = if power.len() < 2 && (layout == Layout::Shortest || sign == '+') { "0" } else { "" };
    format!("{digits}e{sign}{pad}{power}")
}
