//! Source to tokens, as the lexer of Go's text/template/parse cuts it.

mod scan;

use crate::literal;

/// One token: its kind, where it starts, and where its text ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// The source cannot be cut further; [`Lexer::problem`] says why.
    Error,
    End,
    Assign,
    Bool,
    Char,
    CharConstant,
    Complex,
    Declare,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Dot,
    Nil,
    Keyword(Keyword),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

impl Keyword {
    fn find(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"block" => Self::Block,
            b"break" => Self::Break,
            b"continue" => Self::Continue,
            b"define" => Self::Define,
            b"else" => Self::Else,
            b"end" => Self::End,
            b"if" => Self::If,
            b"range" => Self::Range,
            b"template" => Self::Template,
            b"with" => Self::With,
            _ => return None,
        })
    }
}

/// What the lexer does next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    LeftDelim,
    InsideAction,
    Stopped,
}

pub(crate) struct Lexer<'s> {
    source: &'s [u8],
    start: usize,
    at: usize,
    state: State,
    parens: usize,
    problem: String,
    left_finder: memchr::memmem::Finder<'static>,
}

const LEFT: &[u8] = b"{{";
const RIGHT: &[u8] = b"}}";
const LEFT_COMMENT: &[u8] = b"/*";
const RIGHT_COMMENT: &[u8] = b"*/";
/// A trim marker is a minus and a space.
const TRIM_MARKER: usize = 2;

impl<'s> Lexer<'s> {
    pub(crate) fn new(source: &'s [u8]) -> Self {
        let left_finder = memchr::memmem::Finder::new(LEFT);
        Self { source, start: 0, at: 0, state: State::Text, parens: 0, problem: String::new(), left_finder }
    }

    /// Why the lexer stopped, once it has given an error token.
    pub(crate) fn problem(&self) -> &str {
        &self.problem
    }

    pub(crate) fn next(&mut self) -> Token {
        loop {
            let token = match self.state {
                State::Text => self.text(),
                State::LeftDelim => self.left_delim(),
                State::InsideAction => Some(self.inside_action()),
                State::Stopped => Some(self.token(TokenKind::End)),
            };
            if let Some(token) = token {
                return token;
            }
        }
    }

    /// Plain text up to the next action. Text that trimming leaves empty makes no token.
    fn text(&mut self) -> Option<Token> {
        let Some(length) = self.left_finder.find(&self.source[self.at..]) else {
            self.at = self.source.len();
            if self.at > self.start {
                return Some(self.token(TokenKind::Text));
            }
            self.state = State::Stopped;
            return Some(self.token(TokenKind::End));
        };
        self.state = State::LeftDelim;
        let delim = self.at + length;
        let trimmed = match self.source[delim + LEFT.len()..] {
            [b'-', space, ..] if is_space(space) => trim_end(&self.source[self.start..delim]),
            _ => delim - self.start,
        };
        let token = Token { kind: TokenKind::Text, start: self.start, end: self.start + trimmed };
        self.at = delim;
        self.start = delim;
        (trimmed > 0).then_some(token)
    }

    /// The left delimiter has been seen: an action or a comment, with or without a trim marker.
    fn left_delim(&mut self) -> Option<Token> {
        self.at += LEFT.len();
        let trim = matches!(self.source[self.at..], [b'-', space, ..] if is_space(space));
        let after = if trim { TRIM_MARKER } else { 0 };
        if self.source[self.at + after..].starts_with(LEFT_COMMENT) {
            self.at += after;
            self.start = self.at;
            return self.comment();
        }
        let token = self.token(TokenKind::LeftDelim);
        self.at += after;
        self.start = self.at;
        self.parens = 0;
        self.state = State::InsideAction;
        Some(token)
    }

    /// A comment, whose left marker is known to be present. It makes no token.
    fn comment(&mut self) -> Option<Token> {
        let body = self.at + LEFT_COMMENT.len();
        let Some(length) = memchr::memmem::find(&self.source[body..], RIGHT_COMMENT) else {
            return Some(self.error("unclosed comment"));
        };
        self.at = body + length + RIGHT_COMMENT.len();
        let Some(trim) = self.at_right_delim() else {
            return Some(self.error("comment ends before closing delimiter"));
        };
        self.skip_right_delim(trim);
        None
    }

    /// Whether a right delimiter comes next, and whether it trims.
    fn at_right_delim(&self) -> Option<bool> {
        let rest = &self.source[self.at..];
        if let [space, b'-', tail @ ..] = rest
            && is_space(*space)
            && tail.starts_with(RIGHT)
        {
            return Some(true);
        }
        rest.starts_with(RIGHT).then_some(false)
    }

    fn skip_right_delim(&mut self, trim: bool) {
        self.at += RIGHT.len();
        if trim {
            self.at += TRIM_MARKER;
            let rest = &self.source[self.at..];
            self.at += rest.iter().take_while(|&&byte| is_space(byte)).count();
        }
        self.start = self.at;
        self.state = State::Text;
    }

    fn right_delim(&mut self, trim: bool) -> Token {
        let start = if trim { self.at + TRIM_MARKER } else { self.at };
        self.skip_right_delim(trim);
        Token { kind: TokenKind::RightDelim, start, end: start + RIGHT.len() }
    }

    fn token(&mut self, kind: TokenKind) -> Token {
        let token = Token { kind, start: self.start, end: self.at };
        self.start = self.at;
        token
    }

    /// An error token ends the lexing.
    fn error(&mut self, message: impl Into<String>) -> Token {
        self.state = State::Stopped;
        self.problem = message.into();
        Token { kind: TokenKind::Error, start: self.start, end: self.at }
    }

    /// The rune that comes next, and its length; length 0 at the end. Bytes that are no UTF-8 read as U+FFFD.
    fn peek(&self) -> (char, usize) {
        let (rune, length) = literal::decode_rune(&self.source[self.at..]);
        (rune.unwrap_or(char::REPLACEMENT_CHARACTER), length)
    }
}

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Length without the white space at the end.
fn trim_end(text: &[u8]) -> usize {
    text.iter().rposition(|&byte| !is_space(byte)).map_or(0, |last| last + 1)
}

fn is_alphanumeric(rune: char) -> bool {
    rune == '_' || rune.is_alphanumeric()
}
