//! Pipelines, commands, operands and terms.

use super::{Parse, Parser};
use crate::ast::{Node, NodeId, Pipe, Span, place};
use crate::lexer::{Token, TokenKind};
use crate::literal::{Number, quoted, unquote};

impl Parser<'_> {
    /// pipeline: declarations? command ("|" command)* up to `end`
    pub(super) fn pipeline(&mut self, context: &str, end: TokenKind) -> Parse<NodeId> {
        let start = self.peek_non_space().start;
        let from = self.pending.len();
        let assigns = self.declarations(from, context)?;
        let declared = self.gather(from);
        loop {
            let token = self.next_non_space();
            if token.kind == end {
                self.check_pipeline(from, context)?;
                let pipe = Pipe { declared, assigns, commands: self.gather(from) };
                return Ok(self.source.add(start, Node::Pipe(pipe)));
            }
            if !starts_operand(token.kind) {
                return Err(self.unexpected(&token, context));
            }
            self.backup();
            let command = self.command()?;
            self.pending.push(command);
        }
    }

    /// declarations: variable ("," variable)? (":=" | "="). Leaves the variables pending; tells whether they are assigned.
    fn declarations(&mut self, from: usize, context: &str) -> Parse<bool> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != TokenKind::Variable {
                return Ok(false);
            }
            self.next();
            // Space is a token, so "$x foo" needs three tokens of look-ahead to tell an argument from a declaration.
            let adjacent = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                TokenKind::Assign | TokenKind::Declare => {
                    self.next_non_space();
                    self.declare(&variable);
                    return Ok(next.kind == TokenKind::Assign);
                }
                TokenKind::Char if self.text(&next) == b"," => {
                    self.next_non_space();
                    self.declare(&variable);
                    self.second_declaration(self.pending.len() - from, context)?;
                }
                _ if adjacent.kind == TokenKind::Space => {
                    self.backup3(variable, adjacent);
                    return Ok(false);
                }
                _ => {
                    self.backup2(variable);
                    return Ok(false);
                }
            }
        }
    }

    /// Only range takes two variables. The comma has been read.
    fn second_declaration(&mut self, declared: usize, context: &str) -> Parse<()> {
        if context != "range" || declared >= 2 {
            return Err(self.error(format!("too many declarations in {context}")));
        }
        match self.peek_non_space().kind {
            TokenKind::Variable | TokenKind::RightDelim | TokenKind::RightParen => Ok(()),
            _ => Err(self.error("range can only initialize variables")),
        }
    }

    fn declare(&mut self, variable: &Token) {
        self.state.variables.push(self.whole.get(variable.start..variable.end).unwrap_or_default());
        let name = Span::new(variable.start, variable.end);
        let node = self.source.add(variable.start, Node::Variable(name));
        self.pending.push(node);
    }

    /// Only the first of the pending commands may start with something that cannot be executed.
    fn check_pipeline(&self, from: usize, context: &str) -> Parse<()> {
        let commands = self.pending.get(from..).unwrap_or_default();
        if commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (index, &command) in commands.iter().enumerate().skip(1) {
            let Node::Command(arguments) = self.source.node(command) else { continue };
            let first = self.source.children(*arguments).first().map(|&first| self.source.node(first));
            if let Some(Node::Bool(_) | Node::Dot | Node::Nil | Node::Number { .. } | Node::String { .. }) = first {
                return Err(self.error(format!("non executable command in pipeline stage {}", index + 1)));
            }
        }
        Ok(())
    }

    /// command: operand (space operand)*, up to a pipe, a right parenthesis or a right delimiter
    fn command(&mut self) -> Parse<NodeId> {
        let start = self.peek_non_space().start;
        let from = self.pending.len();
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                self.pending.push(operand);
            }
            let token = self.next();
            match token.kind {
                TokenKind::Space => {}
                TokenKind::RightDelim | TokenKind::RightParen => {
                    self.backup();
                    break;
                }
                TokenKind::Pipe => break,
                _ => return Err(self.unexpected(&token, "operand")),
            }
        }
        if self.pending.len() == from {
            return Err(self.error("empty command"));
        }
        let arguments = self.gather(from);
        Ok(self.source.add(start, Node::Command(arguments)))
    }

    /// operand: term field*
    fn operand(&mut self) -> Parse<Option<NodeId>> {
        let Some(term) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != TokenKind::Field {
            return Ok(Some(term));
        }
        let mut end = first.end;
        while self.peek().kind == TokenKind::Field {
            end = self.next().end;
        }
        let start = self.source.start(term);
        // Go puts the node where its second field starts; columns in messages depend on it.
        let node = match self.source.node(term) {
            Node::Field(_) => Node::Field(Span::new(start, end)),
            Node::Variable(_) => Node::Variable(Span::new(start, end)),
            Node::Bool(_) | Node::String { .. } | Node::Number { .. } | Node::Nil | Node::Dot => {
                let term = quoted(self.source.print(term).as_bytes());
                return Err(self.error(format!("unexpected . after term {term}")));
            }
            _ => Node::Chain(term, Span::new(first.start, end)),
        };
        Ok(Some(self.source.add(first.start, node)))
    }

    /// term: literal | identifier | "." | field | variable | "(" pipeline ")"
    fn term(&mut self) -> Parse<Option<NodeId>> {
        let token = self.next_non_space();
        let text = self.whole.get(token.start..token.end).unwrap_or_default();
        let node = match token.kind {
            TokenKind::Identifier if !(self.has_function)(text) => {
                return Err(self.error(format!("function {} not defined", quoted(text))));
            }
            TokenKind::Identifier => Node::Identifier { end: place(token.end) },
            TokenKind::Dot => Node::Dot,
            TokenKind::Nil => Node::Nil,
            TokenKind::Variable if !self.state.variables.contains(&text) => {
                return Err(self.error(format!("undefined variable {}", quoted(text))));
            }
            TokenKind::Variable => Node::Variable(Span::new(token.start, token.end)),
            TokenKind::Field => Node::Field(Span::new(token.start, token.end)),
            TokenKind::Bool => Node::Bool(text == b"true"),
            TokenKind::CharConstant | TokenKind::Complex | TokenKind::Number => self.number(&token)?,
            TokenKind::String | TokenKind::RawString if unquote(text).is_none() => {
                return Err(self.error("invalid syntax"));
            }
            TokenKind::String | TokenKind::RawString => Node::String { end: place(token.end) },
            TokenKind::LeftParen => {
                self.descend()?;
                let pipe = self.pipeline("parenthesized pipeline", TokenKind::RightParen)?;
                self.depth -= 1;
                return Ok(Some(pipe));
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(self.source.add(token.start, node)))
    }

    fn number(&mut self, token: &Token) -> Parse<Node> {
        let written = String::from_utf8_lossy(self.text(token));
        let number = match token.kind {
            TokenKind::CharConstant => Number::character(&written),
            TokenKind::Complex => Number::pair(&written),
            _ => Number::parse(&written),
        };
        let number = number.map_err(|message| self.error(message))?;
        Ok(Node::Number { end: place(token.end), number: self.source.add_number(number) })
    }
}

fn starts_operand(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Bool
            | TokenKind::CharConstant
            | TokenKind::Complex
            | TokenKind::Dot
            | TokenKind::Field
            | TokenKind::Identifier
            | TokenKind::Number
            | TokenKind::Nil
            | TokenKind::RawString
            | TokenKind::String
            | TokenKind::Variable
            | TokenKind::LeftParen
    )
}
