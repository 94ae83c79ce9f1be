//! gobwas/glob: `*`, `**`, `?`, `[a-z]`, `[!abc]`, `{one,other}`, compiled to regular expressions, which match in
//! linear time.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// The longest pattern that is compiled.
const MAX_BYTES: usize = 4096;

/// A compiled pattern. It matches whole texts only.
#[derive(Clone, Debug)]
pub struct Glob {
    regex: Regex,
    /// What stands before and behind a `**` that is all else there is: the library lets the two overlap.
    around: Option<(String, String)>,
}

/// Why a pattern does not compile. `.Files.Glob` then takes `**` instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GlobError {
    #[error("unexpected end of input")]
    UnexpectedEnd,
    #[error("could not parse range")]
    Range,
    #[error("hi character '{hi}' should be greater than lo '{lo}'")]
    RangeOrder { hi: char, lo: char },
    #[error("expected close range character")]
    UnclosedRange,
    #[error("the pattern is too long or too complex")]
    TooComplex,
}

impl Glob {
    /// `*` and `?` do not cross any of `separators`; `**` does.
    pub fn new(pattern: &str, separators: &[char]) -> Result<Glob, GlobError> {
        if pattern.len() > MAX_BYTES {
            return Err(GlobError::TooComplex);
        }
        let mut compiler = Compiler { rest: pattern.chars().peekable(), one: any_but(separators), out: "^".to_owned() };
        compiler.compile()?;
        compiler.out.push('$');
        let regex = RegexBuilder::new(&compiler.out).dot_matches_new_line(true).build();
        Ok(Glob { regex: regex.map_err(|_| GlobError::TooComplex)?, around: around(pattern) })
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
            || self.around.as_ref().is_some_and(|(before, behind)| text.starts_with(before) && text.ends_with(behind))
    }
}

fn around(pattern: &str) -> Option<(String, String)> {
    let (before, behind) = pattern.split_once("**")?;
    let is_plain = |text: &str| !text.is_empty() && !text.contains(['*', '?', '[', '{', '\\']);
    (is_plain(before) && is_plain(behind)).then(|| (before.to_owned(), behind.to_owned()))
}

/// A class for one character that is no separator.
fn any_but(separators: &[char]) -> String {
    if separators.is_empty() {
        return ".".to_owned();
    }
    let escaped: String = separators.iter().map(|separator| escape(*separator)).collect();
    format!("[^{escaped}]")
}

fn escape(character: char) -> String {
    regex::escape(&character.to_string())
}

struct Compiler<'a> {
    rest: Peekable<Chars<'a>>,
    one: String,
    out: String,
}

impl Compiler<'_> {
    fn compile(&mut self) -> Result<(), GlobError> {
        let mut open = 0;
        while let Some(character) = self.rest.next() {
            match character {
                '*' if self.rest.next_if_eq(&'*').is_some() => self.out.push_str(".*"),
                '*' => self.out.push_str(&format!("{}*", self.one)),
                '?' => self.out.push_str(&self.one),
                '[' => self.class()?,
                '{' => {
                    open += 1;
                    self.out.push_str("(?:");
                }
                ',' if open > 0 => self.out.push('|'),
                '}' if open > 0 => {
                    open -= 1;
                    self.out.push(')');
                }
                // A backslash at the end stands for nothing.
                '\\' => self.out.push_str(&self.rest.next().map_or(String::new(), escape)),
                literal => self.out.push_str(&escape(literal)),
            }
        }
        // Alternatives may stay open.
        self.out.push_str(&")".repeat(open));
        Ok(())
    }

    /// class := '!'? (character '-' character | character+) ']'
    fn class(&mut self) -> Result<(), GlobError> {
        let negated = if self.rest.next_if_eq(&'!').is_some() { "^" } else { "" };
        let first = self.rest.next().ok_or(GlobError::UnexpectedEnd)?;
        if self.rest.next_if_eq(&'-').is_some() {
            let hi = self.rest.next().ok_or(GlobError::UnexpectedEnd)?;
            match self.rest.next() {
                None => return Err(GlobError::UnexpectedEnd),
                Some(_) if hi < first => return Err(GlobError::RangeOrder { hi, lo: first }),
                Some(']') => {}
                Some(_) => return Err(GlobError::UnclosedRange),
            }
            self.out.push_str(&format!("[{negated}{}-{}]", escape(first), escape(hi)));
            return Ok(());
        }
        let mut characters = String::new();
        let mut next = Some(first);
        loop {
            match next.ok_or(GlobError::UnexpectedEnd)? {
                ']' => break,
                '\\' => characters.extend(self.rest.next().map(escape)),
                character => characters.push_str(&escape(character)),
            }
            next = self.rest.next();
        }
        if characters.is_empty() {
            return Err(GlobError::Range);
        }
        self.out.push_str(&format!("[{negated}{characters}]"));
        Ok(())
    }
}
