//! The text of a Jinja file, made safe: lists and maps become Go values, and no expression nests without end.
//!
//! minijinja's own lists and maps can hold each other, be compared and printed without any limit, and it follows long
//! expressions on the native stack. Therefore its tokens are looked at first, and the text is rewritten:
//! `[a]` to `__list(a)`, `{k: v}` to `__dict(k, v)`, `(a, b)` to `__list(a, b)`, `{% set n.a = v %}` to
//! `{% do __assign(n, "a", v) %}`, and the operands of `+` and `*` pass `__operand`, which refuses lists.

use minijinja::machinery::{Span, Token, tokenize};
use minijinja::syntax::SyntaxConfig;

use super::nesting::{Bracket, Nesting};

/// Bytes of one file.
const BYTES: usize = 4 << 20;

/// `elif` branches of one file; each nests in the one before.
const BRANCHES: usize = 500;

/// The rewritten text, and how it came about.
pub(super) struct Source {
    pub(super) text: String,
    edits: Vec<Edit>,
}

/// `removed` bytes at `at` of the original make way for `text`.
struct Edit {
    at: usize,
    removed: usize,
    text: &'static str,
    /// Goes into the text where `{}` stands.
    name: String,
}

/// Why a text is refused, and where.
pub(super) struct Refusal {
    pub(super) offset: usize,
    pub(super) message: String,
}

impl Source {
    pub(super) fn rewrite(original: &str, syntax: &SyntaxConfig) -> Result<Self, Refusal> {
        if original.len() > BYTES {
            return Err(Refusal { offset: 0, message: format!("the file has more than {BYTES} bytes") });
        }
        let mut rewriter = Rewriter::default();
        for token in tokenize(original, false, syntax.clone()) {
            let (token, span) = token.map_err(|error| Refusal {
                offset: error.range().map_or(0, |range| range.start),
                message: super::failure::message(&error),
            })?;
            let offset = span.start_offset as usize;
            rewriter.token(&token, span).map_err(|message| Refusal { offset, message })?;
        }
        let mut edits = rewriter.edits;
        edits.sort_by_key(|edit| (edit.at, edit.removed > 0));
        let mut text = String::with_capacity(original.len() + 16 * edits.len());
        let mut done = 0;
        for edit in &edits {
            text.push_str(original.get(done..edit.at).unwrap_or_default());
            text.push_str(&edit.shown());
            done = edit.at + edit.removed;
        }
        text.push_str(original.get(done..).unwrap_or_default());
        Ok(Self { text, edits })
    }

    /// Where a byte of the rewritten text stands in the original.
    pub(super) fn original(&self, offset: usize) -> usize {
        let mut grown: usize = 0;
        let mut shrunk: usize = 0;
        for edit in &self.edits {
            let at = (edit.at + grown).saturating_sub(shrunk);
            let length = edit.shown().len();
            if offset < at {
                break;
            }
            if offset < at + length {
                return edit.at;
            }
            grown += length;
            shrunk += edit.removed;
        }
        (offset + shrunk).saturating_sub(grown)
    }
}

impl Edit {
    fn shown(&self) -> std::borrow::Cow<'static, str> {
        if self.name.is_empty() { self.text.into() } else { self.text.replace("{}", &self.name).into() }
    }
}

/// The word that opens a tag, as far as it matters.
#[derive(Default, PartialEq, Eq, Clone, Copy)]
enum Statement {
    /// `{{ … }}`, or a word that changes nothing.
    #[default]
    Other,
    /// `{%` was read.
    Opening,
    /// `for`, up to `in`.
    Targets,
    /// `call`, whose parentheses hold parameters.
    Call,
    /// `set`, and how many tokens of `NAME.ATTRIBUTE =` were read.
    Set(u8),
    /// `set`, whose targets are something else.
    SetTargets,
    /// `set … =`; the value starts here.
    Value { at: usize },
    /// `set NAME.ATTRIBUTE =`, which ends with a parenthesis more.
    Assign,
}

#[derive(Default)]
struct Rewriter {
    edits: Vec<Edit>,
    nesting: Nesting,
    statement: Statement,
    branches: usize,
    /// What the last token was.
    last: Last,
    /// Where the last token ended.
    end: usize,
    /// Start of `set`, and the names in `set NAME.ATTRIBUTE`.
    set: (usize, String, String),
}

/// What the last token means for the next one.
#[derive(Default, PartialEq, Eq, Clone, Copy)]
enum Last {
    /// Something must follow: an operator, a bracket that opens, a keyword.
    #[default]
    Open,
    /// A value is complete.
    Value,
    /// A text; another one next to it continues it.
    Text,
    /// `.` or `|`: a name follows, whatever it is called.
    Link,
}

impl Last {
    fn is_value(self) -> bool {
        matches!(self, Self::Value | Self::Text)
    }
}

/// Words that are no values.
const KEYWORDS: &[&str] = &["and", "or", "not", "in", "is", "if", "else"];

impl Rewriter {
    fn token(&mut self, token: &Token<'_>, span: Span) -> Result<(), String> {
        let (start, end) = (span.start_offset as usize, span.end_offset as usize);
        if self.last.is_value() && !self.continues(token) && self.nesting.take_pending() {
            self.guard();
        }
        self.last = match token {
            Token::TemplateData(_) => return Ok(()),
            Token::VariableStart | Token::BlockStart => self.open_tag(token),
            Token::VariableEnd | Token::BlockEnd => self.close_tag(),
            Token::Ident(word) => self.word(word, start, end)?,
            Token::Str(_) | Token::String(_) => Last::Text,
            Token::Int(_) | Token::Int128(_) | Token::Float(_) => Last::Value,
            Token::BracketOpen | Token::BraceOpen | Token::ParenOpen => self.open(token, start, end),
            Token::BracketClose | Token::BraceClose | Token::ParenClose => self.close(start, end),
            Token::Comma => {
                self.nesting.separate(true);
                Last::Open
            }
            Token::Colon => self.colon(start, end)?,
            Token::Plus | Token::Mul => {
                if self.last.is_value() {
                    self.guard();
                    self.nesting.set_pending();
                }
                Last::Open
            }
            Token::Assign => {
                self.assign(end);
                Last::Open
            }
            Token::Dot | Token::Pipe => Last::Link,
            _ => Last::Open,
        };
        self.set_step(token);
        self.end = end;
        self.nesting.count()
    }

    /// Whether the token goes on with the operand before it.
    fn continues(&self, token: &Token<'_>) -> bool {
        match token {
            Token::Dot | Token::Pipe | Token::BracketOpen | Token::ParenOpen => true,
            Token::Str(_) | Token::String(_) => self.last == Last::Text,
            _ => false,
        }
    }

    fn open_tag(&mut self, token: &Token<'_>) -> Last {
        self.nesting = Nesting::default();
        self.statement = if matches!(token, Token::BlockStart) { Statement::Opening } else { Statement::Other };
        Last::Open
    }

    fn close_tag(&mut self) -> Last {
        match self.statement {
            Statement::Assign => self.insert(self.end, 0, ")"),
            Statement::Value { at } if self.nesting.has_comma() => {
                self.insert(at, 0, " __list(");
                self.insert(self.end, 0, ")");
            }
            Statement::Other
            | Statement::Opening
            | Statement::Targets
            | Statement::Call
            | Statement::Set(_)
            | Statement::SetTargets
            | Statement::Value { .. } => {}
        }
        self.statement = Statement::Other;
        Last::Open
    }

    fn word(&mut self, word: &str, start: usize, end: usize) -> Result<Last, String> {
        if self.last == Last::Link {
            return Ok(Last::Value);
        }
        if self.statement == Statement::Opening {
            self.statement = match word {
                "import" => {
                    return Err("import of a whole file is not supported, write {% from FILE import NAME %}".to_owned());
                }
                "for" => Statement::Targets,
                "call" => Statement::Call,
                "set" => {
                    self.set = (start, String::new(), String::new());
                    Statement::Set(0)
                }
                _ => Statement::Other,
            };
            if word == "elif" {
                self.branches += 1;
                if self.branches > BRANCHES {
                    return Err(format!("the file has more than {BRANCHES} elif branches"));
                }
            }
            self.end = end;
            return Ok(Last::Open);
        }
        if word == "in" && self.statement == Statement::Targets {
            self.statement = Statement::Other;
        }
        Ok(if KEYWORDS.contains(&word) { Last::Open } else { Last::Value })
    }

    /// Follows `set NAME.ATTRIBUTE =`.
    fn set_step(&mut self, token: &Token<'_>) {
        let Statement::Set(step) = self.statement else { return };
        self.statement = match (step, token) {
            (0, Token::Ident("set")) => Statement::Set(1),
            (1, Token::Ident(name)) => {
                self.set.1 = (*name).to_owned();
                Statement::Set(2)
            }
            (2, Token::Dot) => Statement::Set(3),
            (3, Token::Ident(name)) => {
                self.set.2 = (*name).to_owned();
                Statement::Set(4)
            }
            _ => Statement::SetTargets,
        };
    }

    fn assign(&mut self, end: usize) {
        match self.statement {
            Statement::Set(4) => {
                let (from, name, attribute) = std::mem::take(&mut self.set);
                let name = format!("{name}, \"{attribute}\"");
                self.edits.push(Edit { at: from, removed: end - from, text: "do __assign({},", name });
                self.statement = Statement::Assign;
            }
            Statement::Set(_) | Statement::SetTargets => {
                self.nesting = Nesting::default();
                self.statement = Statement::Value { at: end };
            }
            Statement::Other
            | Statement::Opening
            | Statement::Targets
            | Statement::Call
            | Statement::Value { .. }
            | Statement::Assign => {}
        }
    }

    fn open(&mut self, token: &Token<'_>, start: usize, end: usize) -> Last {
        let is_value = self.last.is_value();
        let bracket = match token {
            Token::BracketOpen if is_value => Bracket::Subscript,
            Token::BracketOpen => {
                self.insert(start, end - start, "__list(");
                Bracket::List
            }
            Token::BraceOpen => {
                self.insert(start, end - start, "__dict(");
                Bracket::Map
            }
            _ if is_value => Bracket::Call,
            _ => match self.statement {
                Statement::Call | Statement::Targets | Statement::Set(_) | Statement::SetTargets => Bracket::Call,
                Statement::Other | Statement::Opening | Statement::Value { .. } | Statement::Assign => {
                    Bracket::Group { at: start }
                }
            },
        };
        self.nesting.open(bracket);
        Last::Open
    }

    fn close(&mut self, start: usize, end: usize) -> Last {
        match self.nesting.close() {
            (Some(Bracket::List | Bracket::Map), _) => self.insert(start, end - start, ")"),
            (Some(Bracket::Group { at }), true) => self.insert(at, 0, "__list"),
            (Some(Bracket::Group { .. } | Bracket::Call | Bracket::Subscript) | None, _) => {}
        }
        Last::Value
    }

    fn colon(&mut self, start: usize, end: usize) -> Result<Last, String> {
        match self.nesting.inside() {
            Some(Bracket::Map) => self.insert(start, end - start, ","),
            Some(Bracket::Subscript) => {
                return Err("slices are not supported, use slice(LIST, FROM, TO) or substr(FROM, TO, TEXT)".to_owned());
            }
            Some(Bracket::List | Bracket::Group { .. } | Bracket::Call) | None => {}
        }
        self.nesting.separate(false);
        Ok(Last::Open)
    }

    /// Lets the operand that ended last pass the check.
    fn guard(&mut self) {
        let known = self.edits.last().is_some_and(|edit| edit.at == self.end && edit.text == OPERAND);
        if !known {
            self.insert(self.end, 0, OPERAND);
        }
    }

    fn insert(&mut self, at: usize, removed: usize, text: &'static str) {
        self.edits.push(Edit { at, removed, text, name: String::new() });
    }
}

const OPERAND: &str = "|__operand ";
