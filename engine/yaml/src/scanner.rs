//! Text to tokens, with the indentation rules and simple keys of libyaml, whose errors go-yaml passes on.
//!
//! A `:` can turn what came before it into a key, so tokens wait in a queue until no such key can begin at its head.

mod block;
mod directive;
mod flow;
mod plain;

use std::collections::VecDeque;

use crate::Error;
use crate::cursor::{Cursor, Mark};
use crate::token::{Token, TokenKind, scan_error};

/// How deep blocks or brackets may nest. go-yaml allows 10,000; nothing real needs more than a few dozen, and the
/// recursion of readers and writers must fit the stack of any thread.
pub(crate) const MAX_DEPTH: usize = 200;

/// A simple key must end on its line and within this many bytes.
const MAX_KEY_BYTES: usize = 1024;

pub(crate) struct Scanner<'a> {
    cursor: Cursor<'a>,
    queue: VecDeque<Token<'a>>,
    /// Number of the token at the head of the queue.
    head: usize,
    /// Column of the current block, -1 outside of all.
    indent: isize,
    outer_indents: Vec<isize>,
    /// One per bracket level, the first for block context.
    levels: Vec<Level>,
    key_allowed: bool,
    ended: bool,
    /// The token at the head of the queue can be taken as it is.
    is_ready: bool,
}

/// What is known inside a pair of brackets.
#[derive(Default)]
struct Level {
    key: Option<SimpleKey>,
    /// A key could have begun here before.
    noted: bool,
    /// Number of the token that opens the brackets.
    opened_by: usize,
}

/// A place where a mapping key may have begun, to be confirmed by a `:`.
#[derive(Clone, Copy)]
struct SimpleKey {
    /// Nothing but a key can stand there.
    required: bool,
    token: usize,
    mark: Mark,
    /// libyaml loses sight of a key that is an empty pair of brackets: its token does not wait for the `:`.
    lost: bool,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Scanner<'a> {
        Scanner {
            cursor: Cursor::new(text),
            queue: VecDeque::new(),
            head: 0,
            indent: -1,
            outer_indents: Vec::new(),
            levels: vec![Level::default()],
            key_allowed: true,
            ended: false,
            is_ready: false,
        }
    }

    /// The next token, left in place. After the end of the stream it stays the end.
    pub(crate) fn peek(&mut self) -> Result<&Token<'a>, Error> {
        while !self.is_ready && self.needs_more()? {
            self.fetch()?;
        }
        self.is_ready = true;
        self.queue.front().ok_or_else(|| scan_error(self.cursor.mark, "found unexpected end of stream"))
    }

    pub(crate) fn next(&mut self) -> Result<Token<'a>, Error> {
        self.peek()?;
        self.is_ready = false;
        self.head += 1;
        self.queue.pop_front().ok_or_else(|| scan_error(self.cursor.mark, "found unexpected end of stream"))
    }

    fn needs_more(&self) -> Result<bool, Error> {
        if self.queue.is_empty() {
            return Ok(!self.ended);
        }
        let keys = self.levels.iter().filter_map(|level| level.key);
        for key in keys.filter(|key| key.token == self.head && !key.lost) {
            if self.is_current(&key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether `key` can still be a key; false once its line has ended.
    fn is_current(&self, key: &SimpleKey) -> Result<bool, Error> {
        let here = self.cursor.mark;
        if key.mark.line == here.line && key.mark.offset + MAX_KEY_BYTES >= here.offset {
            return Ok(true);
        }
        if key.required { Err(self.error("could not find expected ':'")) } else { Ok(false) }
    }

    fn error(&self, problem: &str) -> Error {
        scan_error(self.cursor.mark, problem)
    }

    fn in_flow(&self) -> bool {
        self.levels.len() > 1
    }

    fn fetch(&mut self) -> Result<(), Error> {
        self.skip_to_token();
        self.close_blocks(self.cursor.mark.column as isize);
        if self.cursor.is_end(0) {
            return self.fetch_end();
        }
        if self.cursor.mark.column == 0 && self.cursor.byte(0) == b'%' {
            return self.fetch_directive();
        }
        if self.cursor.is_document_boundary() {
            return self.fetch_boundary();
        }
        let (in_flow, lone) = (self.in_flow(), self.cursor.is_blank_or_end(1));
        match self.cursor.byte(0) {
            b'[' => self.open_flow(TokenKind::FlowSequenceStart),
            b'{' => self.open_flow(TokenKind::FlowMappingStart),
            b']' => self.close_flow(TokenKind::FlowSequenceEnd),
            b'}' => self.close_flow(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if lone => self.fetch_block_entry(),
            b'?' if in_flow || lone => self.fetch_key(),
            b':' if in_flow || lone => self.fetch_value(),
            b'*' | b'&' => self.fetch_anchor(),
            b'!' => self.fetch_tag(),
            b'|' | b'>' if !in_flow => self.fetch_block_scalar(),
            b'\'' | b'"' => self.fetch_quoted(),
            b'-' if !self.cursor.is_blank(1) => self.fetch_plain(),
            b'?' | b':' if !in_flow => self.fetch_plain(),
            b'-' | b'?' | b':' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' | b'\t' => {
                Err(self.error("found character that cannot start any token"))
            }
            _ => self.fetch_plain(),
        }
    }

    /// Passes over white space, comments and line breaks. Tabs may not stand where a key could begin.
    fn skip_to_token(&mut self) {
        loop {
            if self.cursor.mark.column == 0 && self.cursor.is_byte_order_mark() {
                self.cursor.skip_mark();
            }
            while self.cursor.byte(0) == b' ' || (self.cursor.byte(0) == b'\t' && (self.in_flow() || !self.key_allowed))
            {
                self.cursor.skip_bytes(1);
            }
            if self.cursor.byte(0) == b'#' {
                self.skip_comment();
            }
            if !self.cursor.is_break(0) {
                return;
            }
            self.cursor.skip_line();
            if !self.in_flow() {
                self.key_allowed = true;
            }
        }
    }

    fn skip_comment(&mut self) {
        self.cursor.skip_to_break();
    }

    fn push(&mut self, kind: TokenKind<'a>, start: Mark) {
        self.queue.push_back(Token { kind, start });
    }

    /// Starts a block at `column` unless one as deep is open. `at` is its place in the queue, the end if absent.
    fn open_block(&mut self, column: usize, at: Option<usize>, kind: TokenKind<'a>, start: Mark) -> Result<(), Error> {
        if self.in_flow() || self.indent >= column as isize {
            return Ok(());
        }
        if self.outer_indents.len() >= MAX_DEPTH {
            return Err(self.error(&format!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.outer_indents.push(self.indent);
        self.indent = column as isize;
        self.insert(at, kind, start);
        Ok(())
    }

    /// Puts a token before the one of number `at`; at the end if absent or already gone.
    fn insert(&mut self, at: Option<usize>, kind: TokenKind<'a>, start: Mark) {
        let place = at.and_then(|token| token.checked_sub(self.head)).unwrap_or(self.queue.len());
        self.queue.insert(place.min(self.queue.len()), Token { kind, start });
    }

    /// Ends the blocks that lie deeper than `column`.
    fn close_blocks(&mut self, column: isize) {
        while !self.in_flow() && self.indent > column {
            self.push(TokenKind::BlockEnd, self.cursor.mark);
            self.indent = self.outer_indents.pop().unwrap_or(-1);
        }
    }

    /// Remembers that a key may begin here.
    fn note_key(&mut self) -> Result<(), Error> {
        if !self.key_allowed {
            return Ok(());
        }
        let mark = self.cursor.mark;
        let required = !self.in_flow() && self.indent == mark.column as isize;
        self.forget_key()?;
        let token = self.head + self.queue.len();
        if let Some(level) = self.levels.last_mut() {
            level.key = Some(SimpleKey { required, token, mark, lost: false });
            level.noted = true;
        }
        Ok(())
    }

    fn forget_key(&mut self) -> Result<(), Error> {
        let key = self.levels.last_mut().and_then(|level| level.key.take());
        if key.is_some_and(|key| key.required) { Err(self.error("could not find expected ':'")) } else { Ok(()) }
    }

    fn fetch_end(&mut self) -> Result<(), Error> {
        self.cursor.finish_line();
        self.close_blocks(-1);
        self.forget_key()?;
        self.key_allowed = false;
        self.ended = true;
        self.push(TokenKind::StreamEnd, self.cursor.mark);
        Ok(())
    }

    fn fetch_boundary(&mut self) -> Result<(), Error> {
        self.close_blocks(-1);
        self.forget_key()?;
        self.key_allowed = false;
        let kind = if self.cursor.byte(0) == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
        self.push(kind, self.cursor.mark);
        self.cursor.skip_bytes(3);
        Ok(())
    }
}
