//! Case conversions: `strings.Title`, goutils, and the word rules of huandu/xstrings 1.5.

use super::unicode::{is_space, push, runes, to_lower, to_upper};

/// Upper case at the start of every word (`strings.Title`).
pub(super) fn title(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut previous = ' ';
    for (rune, _) in runes(text) {
        push(&mut out, if is_separator(previous) { to_upper(rune) } else { rune });
        previous = rune;
    }
    out
}

fn is_separator(rune: char) -> bool {
    if rune.is_ascii() {
        return !rune.is_ascii_alphanumeric() && rune != '_';
    }
    !rune.is_alphanumeric() && is_space(rune)
}

/// Lower case at the start of every word.
pub(super) fn untitle(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut start = true;
    for (rune, _) in runes(text) {
        let space = is_space(rune);
        push(&mut out, if start && !space { to_lower(rune) } else { rune });
        start = space;
    }
    out
}

pub(super) fn swap(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for (rune, _) in runes(text) {
        push(&mut out, if rune.is_uppercase() { to_lower(rune) } else { to_upper(rune) });
    }
    out
}

/// The first byte of every word, read as Latin-1.
pub(super) fn initials(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut gap = true;
    for &byte in text {
        let space = is_space(char::from(byte));
        if gap && !space {
            push(&mut out, char::from(byte));
        }
        gap = space;
    }
    out
}

/// Without white space. Bytes are read as Latin-1, as in goutils, which garbles everything else.
pub(super) fn without_space(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    if !text.iter().any(|&byte| is_space(char::from(byte))) {
        return text.to_vec();
    }
    for &byte in text {
        if !is_space(char::from(byte)) {
            push(&mut out, char::from(byte));
        }
    }
    out
}

fn is_connector(rune: char) -> bool {
    matches!(rune, '-' | '_') || is_space(rune)
}

/// Upper camel case: connectors vanish, what follows them is upper case. Leading connectors stay.
pub(super) fn pascal(text: &[u8]) -> Vec<u8> {
    let runes: Vec<char> = runes(text).map(|(rune, _)| rune).collect();
    let mut out = Vec::with_capacity(text.len());
    let leading = runes.iter().take_while(|&&rune| is_connector(rune)).count();
    for &rune in &runes[..leading] {
        push(&mut out, rune);
    }
    let Some((&first, rest)) = runes[leading..].split_first() else {
        // Nothing but connectors: the last one comes out twice.
        if let Some(&last) = runes.last() {
            push(&mut out, last);
        }
        return out;
    };
    let mut upper_run = first.is_uppercase();
    let mut previous = to_upper(first);
    for &rune in rest {
        let mut next = rune;
        if is_connector(rune) && is_connector(previous) {
            push(&mut out, previous);
            previous = rune;
            continue;
        }
        if is_connector(previous) {
            upper_run = rune.is_uppercase();
            next = to_upper(rune);
        } else {
            if upper_run && rune.is_uppercase() {
                next = to_lower(rune);
            } else {
                upper_run = false;
            }
            push(&mut out, previous);
        }
        previous = next;
    }
    push(&mut out, previous);
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    None,
    Number,
    Upper,
    Alphabet,
    Connector,
    Punctuation,
    /// Ideographs and everything else.
    Other,
}

/// A rune with the U+FFFD before it: those belong to what follows.
#[derive(Clone, Copy)]
struct Unit {
    before: usize,
    /// None at the end of a text, if only U+FFFD came.
    rune: Option<char>,
}

impl Unit {
    fn is(self, class: impl Fn(char) -> bool) -> bool {
        // Without a rune of its own it goes with the word before.
        self.rune.is_none_or(class)
    }
}

fn units(text: &[u8]) -> Vec<Unit> {
    let mut units = Vec::with_capacity(text.len());
    let mut before = 0;
    for (rune, _) in runes(text) {
        if rune == char::REPLACEMENT_CHARACTER {
            before += 1;
        } else {
            units.push(Unit { before, rune: Some(rune) });
            before = 0;
        }
    }
    if before > 0 {
        units.push(Unit { before, rune: None });
    }
    units
}

/// A word and its class, cut off the front.
struct Words<'t> {
    units: &'t [Unit],
}

impl<'t> Words<'t> {
    fn next(&mut self) -> (Word, &'t [Unit]) {
        let Some((first, rest)) = self.units.split_first() else { return (Word::None, &[]) };
        let run = |accept: &dyn Fn(char) -> bool| 1 + rest.iter().take_while(|unit| unit.is(accept)).count();
        let (word, length) = match first.rune {
            None => (Word::None, 1),
            Some(rune) if is_connector(rune) => (Word::Connector, run(&is_connector)),
            Some(rune) if is_punctuation(rune) => (Word::Punctuation, run(&is_punctuation)),
            Some(rune) if rune.is_uppercase() => (Word::Upper, upper_length(rest)),
            Some(rune) if is_alphabet(rune) => (Word::Alphabet, run(&is_lower)),
            Some(rune) if rune.is_numeric() => (Word::Number, run(&char::is_numeric)),
            Some(_) => (Word::Other, run(&is_other)),
        };
        let (taken, after) = self.units.split_at(length);
        self.units = after;
        (word, taken)
    }
}

/// `HTTPStatus` is `HTTP` and `Status`: the last upper-case letter belongs to the word that follows.
fn upper_length(rest: &[Unit]) -> usize {
    match rest.first() {
        Some(next) if next.is(char::is_uppercase) => {
            let uppers = rest.iter().take_while(|unit| unit.is(char::is_uppercase)).count();
            let follows = rest.get(uppers).is_some_and(|unit| unit.rune.is_some_and(is_alphabet));
            1 + uppers - usize::from(follows)
        }
        Some(_) => 1 + rest.iter().take_while(|unit| unit.is(is_lower)).count(),
        None => 1,
    }
}

fn is_lower(rune: char) -> bool {
    is_alphabet(rune) && !rune.is_uppercase()
}

fn is_other(rune: char) -> bool {
    !is_connector(rune) && !is_alphabet(rune) && !rune.is_numeric() && !is_punctuation(rune)
}

fn is_alphabet(rune: char) -> bool {
    let ideograph = matches!(rune, '\u{4e00}'..='\u{9fcc}' | '\u{3400}'..='\u{4d85}' | '\u{20000}'..='\u{2b81d}');
    rune.is_alphabetic() && !ideograph
}

fn is_punctuation(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_punctuation() && !matches!(rune, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~');
    }
    matches!(rune, '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}')
        || matches!(rune, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{3001}'..='\u{3003}')
        || matches!(rune, '\u{3008}'..='\u{3011}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff1f}')
}

/// Words in lower case with the connector between them (xstrings' `ToSnakeCase` and `ToKebabCase`).
pub(super) fn separated(text: &[u8], connector: char) -> Vec<u8> {
    let units = units(text);
    let mut words = Words { units: &units };
    let mut out = Separated { out: Vec::with_capacity(text.len() + 8), connector };
    let (mut class, mut word) = words.next();
    while !words.units.is_empty() {
        if class != Word::Connector {
            out.write(class, word);
        }
        let (previous, last) = (class, word);
        (class, word) = words.next();
        match previous {
            Word::Number => {
                (class, word) = out.run(&mut words, class, word);
                out.connect(class);
            }
            Word::Connector => out.write(previous, last),
            Word::Punctuation => {}
            Word::Upper | Word::Alphabet | Word::Other | Word::None => {
                (class, word) = out.after_letters(&mut words, class, word);
            }
        }
    }
    out.write(class, word);
    out.out
}

struct Separated {
    out: Vec<u8>,
    connector: char,
}

impl Separated {
    fn write(&mut self, class: Word, word: &[Unit]) {
        let lowers = matches!(class, Word::Upper | Word::Connector);
        for unit in word {
            for _ in 0..unit.before {
                push(&mut self.out, char::REPLACEMENT_CHARACTER);
            }
            let Some(rune) = unit.rune else { continue };
            push(
                &mut self.out,
                match rune {
                    rune if lowers && is_connector(rune) => self.connector,
                    rune if lowers => to_lower(rune),
                    rune => rune,
                },
            );
        }
    }

    /// The connector, unless something that separates anyway comes next.
    fn connect(&mut self, next: Word) {
        if !matches!(next, Word::None | Word::Connector | Word::Punctuation) {
            push(&mut self.out, self.connector);
        }
    }

    /// Writes lower-case words and numbers as one word, and returns what ends them.
    fn run<'t>(&mut self, words: &mut Words<'t>, mut class: Word, mut word: &'t [Unit]) -> (Word, &'t [Unit]) {
        while matches!(class, Word::Alphabet | Word::Number) {
            self.write(class, word);
            (class, word) = words.next();
        }
        (class, word)
    }

    /// A number after letters belongs to them, unless lower-case letters follow: `Bld4Floor` is `bld4_floor`,
    /// `HTTP2xx` is `http_2xx`.
    fn after_letters<'t>(&mut self, words: &mut Words<'t>, class: Word, word: &'t [Unit]) -> (Word, &'t [Unit]) {
        if class != Word::Number {
            if !matches!(class, Word::Connector | Word::Punctuation) {
                push(&mut self.out, self.connector);
            }
            return (class, word);
        }
        if words.units.is_empty() {
            return (class, word);
        }
        let number = word;
        let (class, word) = words.next();
        if class != Word::Alphabet {
            self.write(Word::Number, number);
            if !matches!(class, Word::Connector | Word::Punctuation) {
                push(&mut self.out, self.connector);
            }
            return (class, word);
        }
        push(&mut self.out, self.connector);
        self.write(Word::Number, number);
        let (class, word) = self.run(words, class, word);
        self.connect(class);
        (class, word)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    /// `casing.json`, the functions that sprig uses.
    #[test]
    fn casing_vectors() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors/casing.json");
        let document: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let mut problems = Vec::new();
        for row in document["rows"].as_array().unwrap() {
            let input = row["input"].as_str().unwrap().as_bytes();
            let got = match row["fn"].as_str().unwrap() {
                "ToSnakeCase" => super::separated(input, '_'),
                "ToKebabCase" => super::separated(input, '-'),
                "ToPascalCase" => super::pascal(input),
                // Not reachable from templates.
                _ => continue,
            };
            let got = String::from_utf8_lossy(&got).into_owned();
            if got != row["expect"].as_str().unwrap() {
                problems.push(format!("{}: got {got:?}, want {}", row["name"], row["expect"]));
            }
        }
        assert!(problems.is_empty(), "{} rows:\n{}", problems.len(), problems.join("\n"));
    }
}
