//! Templates that were parsed before: for the next render of the chart, and for its copies in the same render.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use helmx_template::{Error, Unit};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::function::Declared;

/// Parsed texts that are kept; beyond that, all are forgotten.
const TEXTS: usize = 20_000;

/// Texts of that many bytes together are worth a thread: they take a few milliseconds.
const BYTES_PER_THREAD: usize = 256 << 10;

/// More threads than that gain little.
const THREADS: usize = 4;

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

    /// For the first render of a chart: parses its texts on several threads, if they are many. What is wrong with a
    /// text is left to [`ParsedTemplates::unit`] to say: the first error in Helm's order counts.
    pub(crate) fn prepare(&self, templates: &[(&str, &Arc<[u8]>)]) {
        if !self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            return;
        }
        // Aliases of a chart have their texts in common.
        let mut seen = FxHashSet::default();
        let texts: Vec<_> = templates.iter().filter(|(_, text)| seen.insert(text.as_ptr())).collect();
        let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = (bytes / BYTES_PER_THREAD).min(cores).min(THREADS);
        if threads < 2 {
            return;
        }
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some((name, text)) = texts.get(next.fetch_add(1, Ordering::Relaxed)) {
                // An error is found again, and then reported.
                let _ = self.unit(name, text);
            }
        };
        thread::scope(|scope| {
            for _ in 1..threads {
                // A thread that cannot be had is no loss: the others do its work.
                let _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
    }

    /// The unit of the text under that name.
    pub(crate) fn unit(&self, name: &str, text: &Arc<[u8]>) -> Result<Unit, Error> {
        let similar = match self.kept(name, text) {
            Kept::Same(unit) => return Ok(unit),
            Kept::Similar(unit) => unit.renamed(name),
            Kept::Nothing => None,
        };
        let unit = match similar {
            Some(unit) => unit,
            None => Unit::parse(name, text, &Declared)?,
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
