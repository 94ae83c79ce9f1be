//! Tokens with look-ahead, and errors at them.

use super::{Parse, Parser};
use crate::error::Error;
use crate::lexer::{Token, TokenKind};
use crate::literal::quoted;

impl Parser<'_> {
    pub(super) fn next(&mut self) -> Token {
        if self.state.peeked > 0 {
            self.state.peeked -= 1;
        } else {
            self.state.tokens[0] = self.lexer.next();
        }
        self.state.tokens[self.state.peeked.min(2)]
    }

    pub(super) fn backup(&mut self) {
        self.state.peeked += 1;
    }

    /// Backs up two tokens; the second one is still in the buffer.
    pub(super) fn backup2(&mut self, first: Token) {
        self.state.tokens[1] = first;
        self.state.peeked = 2;
    }

    /// Backs up three tokens; the last one is still in the buffer.
    pub(super) fn backup3(&mut self, first: Token, second: Token) {
        self.state.tokens[1] = second;
        self.state.tokens[2] = first;
        self.state.peeked = 3;
    }

    pub(super) fn peek(&mut self) -> Token {
        if self.state.peeked == 0 {
            self.state.peeked = 1;
            self.state.tokens[0] = self.lexer.next();
        }
        self.state.tokens[(self.state.peeked - 1).min(2)]
    }

    pub(super) fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != TokenKind::Space {
                return token;
            }
        }
    }

    pub(super) fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.backup();
        token
    }

    pub(super) fn expect(&mut self, kind: TokenKind, context: &str) -> Parse<Token> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    pub(super) fn text(&self, token: &Token) -> &[u8] {
        self.source.text.get(token.start..token.end).unwrap_or_default()
    }

    /// An error at the token that was read last.
    pub(super) fn error(&self, message: impl Into<String>) -> Error {
        Error::parse(&self.name, self.source.line(self.state.tokens[0].start), message)
    }

    pub(super) fn unexpected(&self, token: &Token, context: &str) -> Error {
        if token.kind != TokenKind::Error {
            return self.error(format!("unexpected {} in {context}", self.describe(token)));
        }
        let message = self.lexer.problem();
        let extra = match self.state.action.map(|start| self.source.line(start)) {
            Some(line) if line != self.source.line(token.start) => {
                let action = if message.ends_with(" action") { "" } else { " in action" };
                format!("{action} started at {}:{line}", self.name)
            }
            _ => String::new(),
        };
        self.error(format!("{message}{extra}"))
    }

    /// The token as a message names it: keywords in angle brackets, the rest quoted and cut to ten characters.
    pub(super) fn describe(&self, token: &Token) -> String {
        let text = String::from_utf8_lossy(self.text(token));
        match token.kind {
            TokenKind::End => "EOF".to_owned(),
            TokenKind::Keyword(_) | TokenKind::Dot | TokenKind::Nil => format!("<{text}>"),
            _ if text.len() > 10 => format!("{}...", quoted(text.chars().take(10).collect::<String>().as_bytes())),
            _ => quoted(text.as_bytes()),
        }
    }
}
