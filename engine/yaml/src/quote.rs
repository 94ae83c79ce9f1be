//! Texts and characters as Go's messages quote them (`strconv.Quote`, `strconv.QuoteRune`).

/// `"text"`
pub(crate) fn text(text: &str) -> String {
    bytes(text.as_bytes())
}

/// The same; `\xff` for a byte that is no part of UTF-8.
fn bytes(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|character| escape(&mut out, character, '"'));
        chunk.invalid().iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}")));
    }
    out.push('"');
    out
}

/// `'c'`; `'\xff'` for a byte that begins no UTF-8. Shows the first character of `bytes`.
pub(crate) fn first_character(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(4)];
    let valid = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let mut out = String::from("'");
    match (valid.chars().next(), bytes.first()) {
        (Some(character), _) => escape(&mut out, character, '\''),
        (None, Some(byte)) => out.push_str(&format!("\\x{byte:02x}")),
        (None, None) => {}
    }
    out.push('\'');
    out
}

/// A piece of JSON as Go 1.27 shows it: between backquotes, or quoted where something in it is not printed as it is.
pub(crate) fn piece(piece: &[u8]) -> String {
    let is_printed = |character: char| character.escape_debug().len() == 1 || matches!(character, '\'' | '"' | '\\');
    let is_odd = |character: char| {
        matches!(character, '`' | char::REPLACEMENT_CHARACTER) || character.is_whitespace() || !is_printed(character)
    };
    match std::str::from_utf8(piece) {
        Ok(text) if !text.contains(is_odd) => format!("`{text}`"),
        _ => bytes(piece),
    }
}

fn escape(out: &mut String, character: char, mark: char) {
    match character {
        '\\' => out.push_str("\\\\"),
        _ if character == mark => out.extend(['\\', character]),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{B}' => out.push_str("\\v"),
        '\u{C}' => out.push_str("\\f"),
        '\n' | '\r' | '\t' => out.extend(character.escape_default()),
        '\0'..='\u{1F}' | '\u{7F}' => out.push_str(&format!("\\x{:02x}", u32::from(character))),
        ' '..='~' => out.push(character),
        // What Rust would escape, Go does not print either, but spells differently.
        _ if character.escape_debug().len() == 1 => out.push(character),
        '\u{80}'..='\u{FFFF}' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
        _ => out.push_str(&format!("\\U{:08x}", u32::from(character))),
    }
}
