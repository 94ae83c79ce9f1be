//! Units that are there, and the way to one that is not: wait for who is at it, or parse.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use helmx_template::{Error, Unit};

use super::units::{Kept, Units};
use super::wanted::{Text, Turn, Wanted};
use crate::function::Declared;

#[derive(Default)]
pub(super) struct Parsing {
    units: Mutex<Units>,
    pub(super) wanted: Wanted,
}

impl Parsing {
    /// Parses what is wanted. What is wrong with a text is left to [`Parsing::unit`] to say: the first error in Helm's
    /// order counts.
    pub(super) fn help(&self, next: fn(&Wanted) -> Option<Text>) {
        while let Some(text) = next(&self.wanted) {
            self.help_with(text);
        }
    }

    fn help_with(&self, (name, text): Text) {
        // Also when it panics, or whoever needs the text would wait for it without end.
        let _done = self.wanted.at_work(&text);
        // An error is found again, and then reported.
        let _ = self.parse(&name, &text);
    }

    pub(super) fn has(&self, name: &str, text: &Arc<[u8]>) -> bool {
        matches!(self.units().find(name, text), Kept::Same(_))
    }

    /// The unit of the text under that name. While another thread is at it, this one parses something else.
    pub(super) fn unit(&self, name: &str, text: &Arc<[u8]>) -> Result<Unit, Error> {
        loop {
            if let Kept::Same(unit) = self.units().find(name, text) {
                return Ok(unit);
            }
            match self.wanted.turn(text) {
                Turn::Own => return self.parse(name, text),
                Turn::Other(other) => self.help_with(other),
            }
        }
    }

    fn parse(&self, name: &str, text: &Arc<[u8]>) -> Result<Unit, Error> {
        let known = self.units().find(name, text);
        let similar = match known {
            Kept::Same(unit) => return Ok(unit),
            Kept::Similar(unit) => unit.renamed(name),
            Kept::Nothing => None,
        };
        let unit = match similar {
            Some(unit) => unit,
            None => Unit::parse(name, text, &Declared)?,
        };
        self.units().keep(name, text, &unit);
        Ok(unit)
    }

    fn units(&self) -> MutexGuard<'_, Units> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
