//! RE2's syntax to that of the regex crate. The two differ in small things: ASCII classes, `\Q…\E`, octal
//! escapes, braces that stand for themselves, set operators. So the pattern is read by RE2's rules (Go's
//! regexp/syntax with Perl flags) and written anew.

mod class;

use std::cell::RefCell;
use std::rc::Rc;

use regex::bytes::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;

/// Compiled patterns that a thread remembers.
const REMEMBERED: usize = 256;
/// Nested groups. Go takes 1000.
const NESTING: usize = 200;
/// Largest count of a repetition, as in Go.
const LARGEST: u32 = 1000;

thread_local! {
    static COMPILED: RefCell<FxHashMap<String, Rc<Regex>>> = RefCell::default();
}

/// Compiles a pattern in RE2's syntax.
///
/// # Errors
/// Go's message, without `error parsing regexp: `.
pub(super) fn compile(pattern: &str) -> Result<Rc<Regex>, String> {
    if let Some(regex) = COMPILED.with_borrow(|compiled| compiled.get(pattern).cloned()) {
        return Ok(regex);
    }
    let translated = translate(pattern)?;
    let regex = RegexBuilder::new(&translated)
        .size_limit(16 << 20)
        .build()
        .map_err(|_| format!("expression too large or not supported: `{pattern}`"))?;
    // A clone of the expression itself would begin with caches of its own.
    let regex = Rc::new(regex);
    COMPILED.with_borrow_mut(|compiled| {
        if compiled.len() >= REMEMBERED {
            compiled.clear();
        }
        compiled.insert(pattern.to_owned(), regex.clone());
    });
    Ok(regex)
}

fn translate(pattern: &str) -> Result<String, String> {
    let mut translator = Translator { rest: pattern, out: String::with_capacity(pattern.len() + 16), groups: 0 };
    let mut last = Last::Nothing;
    while !translator.rest.is_empty() {
        last = translator.item(last, pattern)?;
    }
    if translator.groups > 0 {
        return Err(format!("missing closing ): `{pattern}`"));
    }
    Ok(translator.out)
}

struct Translator<'p> {
    rest: &'p str,
    out: String,
    groups: usize,
}

/// What the last item was: it decides whether an operator may follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last<'p> {
    Nothing,
    Atom,
    /// An operator, and the pattern from where it starts.
    Repeat(&'p str),
}

impl<'p> Translator<'p> {
    fn item(&mut self, last: Last<'p>, pattern: &'p str) -> Result<Last<'p>, String> {
        let Some(first) = self.rest.chars().next() else { return Ok(last) };
        match first {
            '(' => self.open(),
            '|' => {
                self.keep(1);
                Ok(Last::Nothing)
            }
            ')' if self.groups == 0 => Err(format!("unexpected ): `{pattern}`")),
            ')' => {
                self.groups -= 1;
                self.keep(1);
                Ok(Last::Atom)
            }
            '^' | '$' | '.' => {
                self.keep(1);
                Ok(Last::Atom)
            }
            '[' => {
                self.class()?;
                Ok(Last::Atom)
            }
            '*' | '+' | '?' => self.repeat(1, last),
            '{' => match repeat_length(self.rest) {
                Some(length) => {
                    check_counts(&self.rest[..length])?;
                    self.repeat(length, last)
                }
                None => {
                    self.literal('{');
                    self.rest = &self.rest[1..];
                    Ok(Last::Atom)
                }
            },
            '\\' => self.escape(),
            other => {
                self.literal(other);
                self.rest = &self.rest[other.len_utf8()..];
                Ok(Last::Atom)
            }
        }
    }

    fn keep(&mut self, length: usize) {
        self.out.push_str(&self.rest[..length]);
        self.rest = &self.rest[length..];
    }

    /// A character that stands for itself. Not every escape does: `\<` is a word boundary to the regex crate.
    fn literal(&mut self, rune: char) {
        if r"\.+*?()|[]{}^$#&-~".contains(rune) {
            self.out.push('\\');
        }
        self.out.push(rune);
    }

    /// `(`, `(?:`, `(?P<name>`, `(?<name>`, `(?flags)` and `(?flags:`.
    fn open(&mut self) -> Result<Last<'p>, String> {
        let rest = self.rest;
        let Some(perl) = rest.strip_prefix("(?") else {
            self.keep(1);
            return self.enter();
        };
        for prefix in ["P<", "<"] {
            let Some(named) = perl.strip_prefix(prefix).filter(|named| !named.starts_with(['=', '!'])) else {
                continue;
            };
            let Some((name, after)) = named.split_once('>') else {
                return Err(format!("invalid named capture: `{rest}`"));
            };
            if name.is_empty() || !name.chars().all(|rune| rune == '_' || rune.is_ascii_alphanumeric()) {
                return Err(format!("invalid named capture: `(?{prefix}{name}>`"));
            }
            self.out.push_str(&format!("(?P<{name}>"));
            self.rest = after;
            return self.enter();
        }
        let flags = perl.find(|rune| !matches!(rune, 'i' | 'm' | 's' | 'U' | '-')).unwrap_or(perl.len());
        let well_formed = perl[..flags].matches('-').count() <= 1 && !perl[..flags].ends_with('-');
        match perl[flags..].chars().next() {
            Some(')') if well_formed && flags > 0 => {
                self.keep(flags + 3);
                Ok(Last::Nothing)
            }
            Some(':') if well_formed => {
                self.keep(flags + 3);
                self.enter()
            }
            None => Err("missing argument to repetition operator: `?`".to_owned()),
            Some(bad) => {
                let shown = &rest[..2 + flags + bad.len_utf8()];
                Err(format!("invalid or unsupported Perl syntax: `{shown}`"))
            }
        }
    }

    fn enter(&mut self) -> Result<Last<'p>, String> {
        self.groups += 1;
        if self.groups > NESTING {
            return Err("expression nests too deeply".to_owned());
        }
        Ok(Last::Nothing)
    }

    /// `*`, `+`, `?` or a counted repetition, with an optional `?`.
    fn repeat(&mut self, length: usize, last: Last<'p>) -> Result<Last<'p>, String> {
        let start = self.rest;
        let length = length + usize::from(start[length..].starts_with('?'));
        match last {
            Last::Nothing => Err(format!("missing argument to repetition operator: `{}`", &start[..length])),
            Last::Repeat(before) => {
                let both = &before[..before.len() - start.len() + length];
                Err(format!("invalid nested repetition operator: `{both}`"))
            }
            Last::Atom => {
                self.keep(length);
                Ok(Last::Repeat(start))
            }
        }
    }

    fn escape(&mut self) -> Result<Last<'p>, String> {
        let rest = self.rest;
        let Some(rune) = rest[1..].chars().next() else {
            return Err("trailing backslash at end of expression: ``".to_owned());
        };
        let written = match rune {
            'A' | 'z' => Some(&rest[..2]),
            'b' => Some(r"(?-u:\b)"),
            'B' => Some(r"(?-u:\B)"),
            'd' => Some("[0-9]"),
            'D' => Some("[^0-9]"),
            's' => Some(r"[\t\n\f\r ]"),
            'S' => Some(r"[^\t\n\f\r ]"),
            'w' => Some("[0-9A-Za-z_]"),
            'W' => Some("[^0-9A-Za-z_]"),
            _ => None,
        };
        if let Some(written) = written {
            self.out.push_str(written);
            self.rest = &rest[2..];
            return Ok(Last::Atom);
        }
        match rune {
            'Q' => {
                let (text, after) = rest[2..].split_once(r"\E").unwrap_or((&rest[2..], ""));
                for rune in text.chars() {
                    self.literal(rune);
                }
                self.rest = after;
                Ok(if text.is_empty() { Last::Nothing } else { Last::Atom })
            }
            'p' | 'P' => {
                let length = class::property_length(rest)?;
                self.keep(length);
                Ok(Last::Atom)
            }
            _ => {
                let (rune, length) = class::character_escape(rest)?;
                self.literal(rune);
                self.rest = &rest[length..];
                Ok(Last::Atom)
            }
        }
    }
}

/// Length of `{n}`, `{n,}` or `{n,m}`; anything else in braces stands for itself.
fn repeat_length(rest: &str) -> Option<usize> {
    let close = rest.find('}')?;
    let (low, high) = rest[1..close].split_once(',').unwrap_or((&rest[1..close], ""));
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() < 2 || !text.starts_with('0'));
    (!low.is_empty() && number(low) && number(high)).then_some(close + 1)
}

fn check_counts(repeat: &str) -> Result<(), String> {
    let inner = &repeat[1..repeat.len() - 1];
    let (low, high) = inner.split_once(',').unwrap_or((inner, ""));
    let count = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<u32>().ok() };
    let valid = match (count(low), count(high)) {
        (Some(low), Some(bound)) => low <= LARGEST && bound <= LARGEST && (high.is_empty() || low <= bound),
        _ => false,
    };
    if valid { Ok(()) } else { Err(format!("invalid repeat count: `{repeat}`")) }
}
