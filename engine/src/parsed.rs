//! Templates that were parsed before: for the next render of the chart, and for its copies in the same render.

mod units;
mod wanted;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use helmx_template::{Error, Unit};
use rustc_hash::FxHashSet;

use crate::function::Declared;
use units::{Kept, Units};
use wanted::{Closing, Text, Wanted};

/// Texts of that many bytes together are worth a thread: they take a few milliseconds.
const BYTES_PER_THREAD: usize = 256 << 10;

/// More threads than that gain little.
const THREADS: usize = 4;

/// The parsed templates of a chart, filled by its renders. Several may use it at the same time. Keep it beside the
/// parsed chart, and drop it with it: what it holds is several times the size of the templates.
#[derive(Default)]
pub struct ParsedTemplates {
    units: Mutex<Units>,
    wanted: Wanted,
    /// A render has parsed all templates.
    is_complete: AtomicBool,
}

impl ParsedTemplates {
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets a thread beside `work` parse what `work` asks for by [`ParsedTemplates::ask`], while it goes on unpacking.
    /// With one processor there is no such thread, and everything is parsed by the render.
    pub fn with_helper<T>(&self, work: impl FnOnce() -> T) -> T {
        thread::scope(|scope| {
            if processors() > 1 {
                self.wanted.set_helped(true);
                let helper = thread::Builder::new().spawn_scoped(scope, || self.help(Wanted::wait));
                // A thread that cannot be had is no loss: the render does its work.
                self.wanted.set_helped(helper.is_ok());
            }
            // Also when `work` panics, or the scope would wait for the helper without end.
            let _closing = Closing(&self.wanted);
            work()
        })
    }

    /// Wants a template to be parsed that will probably be rendered under `name`.
    pub fn ask(&self, name: &str, text: &Arc<[u8]>) {
        self.wanted.add(name, text);
    }

    /// Parses what is wanted. What is wrong with a text is left to [`ParsedTemplates::unit`] to say: the first error in
    /// Helm's order counts.
    fn help(&self, next: fn(&Wanted) -> Option<Text>) {
        while let Some((name, text)) = next(&self.wanted) {
            // An error is found again, and then reported.
            let _ = self.unit(&name, &text);
        }
    }

    /// For the first render of a chart: parses its texts on several threads, if they are many.
    pub(crate) fn prepare(&self, templates: &[(&str, &Arc<[u8]>)]) {
        if self.is_complete.swap(true, Ordering::Relaxed) {
            return;
        }
        // Aliases of a chart have their texts in common.
        let mut seen = FxHashSet::default();
        let texts = templates.iter().filter(|(name, text)| seen.insert(text.as_ptr()) && !self.has(name, text));
        let texts: Vec<Text> = texts.map(|&(name, text)| (name.to_owned(), text.clone())).collect();
        let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
        // What was asked for and is not rendered now is forgotten.
        let is_helped = self.wanted.replace(texts);
        let wanted = (bytes / BYTES_PER_THREAD).min(THREADS);
        // The number of processors is read from files: not for a chart that one thread is enough for.
        let threads = if is_helped || wanted < 2 { 1 } else { wanted.min(processors()) };
        thread::scope(|scope| {
            for _ in 1..threads {
                let _ = thread::Builder::new().spawn_scoped(scope, || self.help(Wanted::take));
            }
            self.help(Wanted::take);
        });
    }

    fn has(&self, name: &str, text: &Arc<[u8]>) -> bool {
        matches!(self.units().find(name, text), Kept::Same(_))
    }

    /// The unit of the text under that name.
    pub(crate) fn unit(&self, name: &str, text: &Arc<[u8]>) -> Result<Unit, Error> {
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

fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
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
            parsed.with_helper(|| {
                texts.iter().for_each(|text| parsed.ask(asked, text));
                parsed.prepare(&[("c/templates/a", &texts[0])]);
                for text in &texts {
                    let alone = result(&ParsedTemplates::new(), "c/templates/a", text);
                    assert_eq!(result(&parsed, "c/templates/a", text), alone);
                }
            });
        }
        let parsed = ParsedTemplates::new();
        // What nobody takes any more holds up nobody.
        parsed.with_helper(|| (0..10_000).for_each(|_| parsed.ask("c/templates/a", &texts[0])));
    }
}
