//! Templates that were parsed before: for the next render of the chart, and for its copies in the same render.

use std::sync::{Arc, Mutex, PoisonError};

use helmx_template::{Error, Functions, Unit};
use rustc_hash::FxHashMap;

/// Parsed texts that are kept; beyond that, all are forgotten.
const TEXTS: usize = 20_000;

/// Names that one text is kept under: aliases of a chart have its templates in common.
const NAMES: usize = 256;

/// The parsed templates of a chart, filled by its renders. Several may use it at the same time. Keep it beside the
/// parsed chart, and drop it with it: what it holds is several times the size of the templates.
#[derive(Default)]
pub struct ParsedTemplates(Mutex<ByText>);

/// By the template's text; each under the paths that it was parsed for.
type ByText = FxHashMap<Arc<[u8]>, Vec<(String, Unit)>>;

impl ParsedTemplates {
    pub fn new() -> Self {
        Self::default()
    }

    /// The unit of the text under that name.
    pub(crate) fn unit(&self, name: &str, text: &Arc<[u8]>, functions: &dyn Functions) -> Result<Unit, Error> {
        let similar = match self.kept(name, text) {
            Kept::Same(unit) => return Ok(unit),
            Kept::Similar(unit) => unit.renamed(name),
            Kept::Nothing => None,
        };
        let unit = match similar {
            Some(unit) => unit,
            None => Unit::parse(name, text, functions)?,
        };
        self.keep(name, text, &unit);
        Ok(unit)
    }

    fn kept(&self, name: &str, text: &Arc<[u8]>) -> Kept {
        let texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(units) = texts.get(text) else { return Kept::Nothing };
        match units.iter().find(|(known, _)| known == name).or(units.first()) {
            Some((known, unit)) if known == name => Kept::Same(unit.clone()),
            Some((_, unit)) => Kept::Similar(unit.clone()),
            None => Kept::Nothing,
        }
    }

    fn keep(&self, name: &str, text: &Arc<[u8]>, unit: &Unit) {
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.len() >= TEXTS {
            texts.clear();
        }
        let units = texts.entry(text.clone()).or_default();
        if units.len() < NAMES && !units.iter().any(|(known, _)| known == name) {
            units.push((name.to_owned(), unit.clone()));
        }
    }
}

/// What is known of a text.
enum Kept {
    Same(Unit),
    /// Parsed under another name.
    Similar(Unit),
    Nothing,
}

impl std::fmt::Debug for ParsedTemplates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ParsedTemplates")
    }
}
