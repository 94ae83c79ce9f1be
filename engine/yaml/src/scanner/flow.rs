//! Brackets, commas, and the indicators `-`, `?` and `:` of keys, values and entries.

use super::{Level, MAX_DEPTH, Scanner};
use crate::Error;
use crate::token::TokenKind;

impl<'a> Scanner<'a> {
    pub(super) fn open_flow(&mut self, kind: TokenKind<'a>) -> Result<(), Error> {
        self.note_key()?;
        if self.levels.len() > MAX_DEPTH {
            return Err(self.error(&format!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.levels.push(Level { opened_by: self.head + self.queue.len(), ..Level::default() });
        self.key_allowed = true;
        self.single(kind);
        Ok(())
    }

    pub(super) fn close_flow(&mut self, kind: TokenKind<'a>) -> Result<(), Error> {
        self.forget_key()?;
        if self.in_flow() {
            let inner = self.levels.pop().unwrap_or_default();
            let key = self.levels.last_mut().and_then(|level| level.key.as_mut());
            if let Some(key) = key.filter(|key| key.token == inner.opened_by && !inner.noted) {
                key.lost = true;
            }
        }
        self.key_allowed = false;
        self.single(kind);
        Ok(())
    }

    pub(super) fn fetch_flow_entry(&mut self) -> Result<(), Error> {
        self.forget_key()?;
        self.key_allowed = true;
        self.single(TokenKind::FlowEntry);
        Ok(())
    }

    pub(super) fn fetch_block_entry(&mut self) -> Result<(), Error> {
        if !self.in_flow() && !self.key_allowed {
            return Err(self.error("block sequence entries are not allowed in this context"));
        }
        let mark = self.cursor.mark;
        self.open_block(mark.column, None, TokenKind::BlockSequenceStart, mark)?;
        self.forget_key()?;
        self.key_allowed = true;
        self.single(TokenKind::BlockEntry);
        Ok(())
    }

    /// `? ` before a key of any form.
    pub(super) fn fetch_key(&mut self) -> Result<(), Error> {
        if !self.in_flow() && !self.key_allowed {
            return Err(self.error("mapping keys are not allowed in this context"));
        }
        let mark = self.cursor.mark;
        self.open_block(mark.column, None, TokenKind::BlockMappingStart, mark)?;
        self.forget_key()?;
        self.key_allowed = !self.in_flow();
        self.single(TokenKind::Key);
        Ok(())
    }

    /// `:` after a simple key, which becomes a key only now, or after `? key`.
    pub(super) fn fetch_value(&mut self) -> Result<(), Error> {
        let noted = self.levels.last().and_then(|level| level.key);
        let key = match noted {
            Some(key) if self.is_current(&key)? => Some(key),
            _ => None,
        };
        if let Some(level) = self.levels.last_mut() {
            level.key = None;
        }
        if let Some(key) = key {
            self.insert(Some(key.token), TokenKind::Key, key.mark);
            self.open_block(key.mark.column, Some(key.token), TokenKind::BlockMappingStart, key.mark)?;
            self.key_allowed = false;
        } else {
            if !self.in_flow() && !self.key_allowed {
                return Err(self.error("mapping values are not allowed in this context"));
            }
            let mark = self.cursor.mark;
            self.open_block(mark.column, None, TokenKind::BlockMappingStart, mark)?;
            self.key_allowed = !self.in_flow();
        }
        self.single(TokenKind::Value);
        Ok(())
    }

    /// A token of one ASCII character.
    fn single(&mut self, kind: TokenKind<'a>) {
        self.push(kind, self.cursor.mark);
        self.cursor.skip_bytes(1);
    }
}
