//! Templates that were parsed before: for the next render of the chart, and for its copies in the same render.

mod units;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use helmx_chart::beside::{Beside, Task, processors};
use helmx_template::{Error, Later, Unit};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::function::Declared;
use units::{Kept, Place, Units, place};

/// Texts of that many bytes together are worth a thread: they take a few milliseconds.
const BYTES_PER_THREAD: usize = 256 << 10;

/// More threads than that gain little.
const THREADS: usize = 4;

/// The parsed templates of a chart, filled by its renders. Several may use it at the same time. Keep it beside the
/// parsed chart, and drop it with it: what it holds is several times the size of the templates. Cloning shares.
#[derive(Clone, Default)]
pub struct ParsedTemplates(Arc<Inner>);

#[derive(Default)]
struct Inner {
    units: Arc<Mutex<Units>>,
    /// What is left to a thread beside.
    asked: Mutex<Asked>,
    beside: Beside,
    /// A render has parsed all templates.
    is_complete: AtomicBool,
}

/// Tasks by their texts, which stay where they are.
type Asked = FxHashMap<Place, (Arc<[u8]>, Task<()>)>;

impl ParsedTemplates {
    pub fn new() -> Self {
        Self::default()
    }

    /// Where work can be left to a thread beside. While there is one, it parses what is asked for.
    pub fn beside(&self) -> &Beside {
        &self.0.beside
    }

    /// Wants a template to be parsed that will probably be rendered under `name`, if somebody has the time.
    pub fn ask(&self, name: &str, text: &Arc<[u8]>) {
        if self.0.beside.is_helped() {
            let task = self.task(name, text);
            self.asked().entry(place(text)).or_insert((text.clone(), task));
        }
    }

    /// What is wrong with a text is left to [`ParsedTemplates::unit`] to say: the first error in Helm's order counts.
    fn task(&self, name: &str, text: &Arc<[u8]>) -> Task<()> {
        let (units, name, text) = (self.0.units.clone(), name.to_owned(), text.clone());
        self.0.beside.task(move || {
            let _ = parse(&units, &name, &text);
        })
    }

    /// For the first render of a chart, which needs the texts in that order: a helper goes on with them while the render
    /// begins; without one, several threads parse them all now, if they are many.
    pub(crate) fn prepare<'t, T: Iterator<Item = (&'t str, &'t Arc<[u8]>)>>(&self, templates: impl FnOnce() -> T) {
        if self.0.is_complete.swap(true, Ordering::Relaxed) {
            return;
        }
        // Aliases of a chart have their texts in common.
        let mut seen = FxHashSet::default();
        let texts: Vec<_> =
            templates().filter(|(name, text)| seen.insert(place(text)) && self.known(name, text).is_none()).collect();
        if self.0.beside.is_helped() {
            texts.iter().for_each(|(name, text)| self.ask(name, text));
            let asked = self.asked();
            // What was asked for and is not rendered now is forgotten.
            self.0.beside.only(texts.iter().filter_map(|(_, text)| asked.get(&place(text))).map(|(_, task)| task));
            return;
        }
        let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
        let wanted = (bytes / BYTES_PER_THREAD).min(THREADS);
        // The number of processors is read from files: not for a chart that one thread is enough for.
        let threads = if wanted < 2 { 1 } else { wanted.min(processors()) };
        self.0.beside.with_helpers(threads - 1, || {
            let tasks: Vec<_> = texts.into_iter().map(|(name, text)| self.task(name, text)).collect();
            tasks.into_iter().for_each(Task::take);
        });
    }

    /// The unit, if it is there.
    pub(crate) fn known(&self, name: &str, text: &Arc<[u8]>) -> Option<Unit> {
        match lock(&self.0.units).find(name, text) {
            Kept::Same(unit) => Some(unit),
            Kept::Similar(_) | Kept::Nothing => None,
        }
    }

    /// The unit of the text under that name.
    pub(crate) fn unit(&self, name: &str, text: &Arc<[u8]>) -> Result<Unit, Error> {
        if let Some(unit) = self.known(name, text) {
            return Ok(unit);
        }
        let asked = self.asked().remove(&place(text));
        if let Some((_, task)) = asked {
            task.wait();
        }
        parse(&self.0.units, name, text)
    }

    /// The same for when it is needed.
    pub(crate) fn later(&self, name: &str, text: &Arc<[u8]>) -> Later {
        let (parsed, name, text) = (self.clone(), name.to_owned(), text.clone());
        Arc::new(move || parsed.unit(&name, &text).ok())
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        lock(&self.0.asked)
    }
}

fn parse(units: &Mutex<Units>, name: &str, text: &Arc<[u8]>) -> Result<Unit, Error> {
    let known = lock(units).find(name, text);
    let similar = match known {
        Kept::Same(unit) => return Ok(unit),
        Kept::Similar(unit) => unit.renamed(name),
        Kept::Nothing => None,
    };
    let unit = match similar {
        Some(unit) => unit,
        None => Unit::parse(name, text, &Declared)?,
    };
    lock(units).keep(name, text, &unit);
    Ok(unit)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for ParsedTemplates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ParsedTemplates")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::ParsedTemplates;

    /// Whatever was asked for before, the units and errors of a render are those of a render alone.
    #[test]
    fn a_helper_changes_no_result() {
        let texts: [Arc<[u8]>; 4] = [
            Arc::from(b"{{ .Values.a }}".as_slice()),
            Arc::from(b"{{ define \"x\" }}{{ end }}{{ .b".as_slice()),
            Arc::from(b"{{ nosuch }}".as_slice()),
            Arc::from(b"".as_slice()),
        ];
        let result = |parsed: &ParsedTemplates, name: &str, text| {
            let unit = parsed.unit(name, text);
            unit.map(|_| ()).map_err(|error| error.to_string())
        };
        for asked in ["c/templates/a", "other/templates/a"] {
            let parsed = ParsedTemplates::new();
            parsed.beside().with_helpers(1, || {
                texts.iter().for_each(|text| parsed.ask(asked, text));
                parsed.prepare(|| [("c/templates/a", &texts[0])].into_iter());
                for text in &texts {
                    let alone = result(&ParsedTemplates::new(), "c/templates/a", text);
                    assert_eq!(result(&parsed, "c/templates/a", text), alone);
                }
            });
        }
    }
}
