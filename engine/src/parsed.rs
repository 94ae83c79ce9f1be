//! Templates that were parsed before: for the next render of the chart, and for its copies in the same render.

mod parsing;
mod units;
mod wanted;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use helmx_template::{Error, Later, Unit};
use rustc_hash::FxHashSet;

use parsing::Parsing;
use wanted::{Closing, Text, Wanted};

/// Texts of that many bytes together are worth a thread: they take a few milliseconds.
const BYTES_PER_THREAD: usize = 256 << 10;

/// More threads than that gain little.
const THREADS: usize = 4;

/// The parsed templates of a chart, filled by its renders. Several may use it at the same time. Keep it beside the
/// parsed chart, and drop it with it: what it holds is several times the size of the templates.
#[derive(Default)]
pub struct ParsedTemplates {
    parsing: Arc<Parsing>,
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
                self.parsing.wanted.set_helped(true);
                let helper = thread::Builder::new().spawn_scoped(scope, || self.parsing.help(Wanted::wait));
                // A thread that cannot be had is no loss: the render does its work.
                self.parsing.wanted.set_helped(helper.is_ok());
            }
            // Also when `work` panics, or the scope would wait for the helper without end.
            let _closing = Closing(&self.parsing.wanted);
            work()
        })
    }

    /// Wants a template to be parsed that will probably be rendered under `name`.
    pub fn ask(&self, name: &str, text: &Arc<[u8]>) {
        self.parsing.wanted.add(name, text);
    }

    /// For the first render of a chart, which needs the texts in that order: a helper goes on with them while the render
    /// begins; without one, several threads parse them all now, if they are many.
    pub(crate) fn prepare<'t>(&self, templates: impl Iterator<Item = (&'t str, &'t Arc<[u8]>)>) {
        if self.is_complete.swap(true, Ordering::Relaxed) {
            return;
        }
        // Aliases of a chart have their texts in common.
        let mut seen = FxHashSet::default();
        let texts = templates.filter(|(name, text)| seen.insert(text.as_ptr()) && !self.parsing.has(name, text));
        let texts: Vec<Text> = texts.map(|(name, text)| (name.to_owned(), text.clone())).collect();
        let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
        // What was asked for and is not rendered now is forgotten.
        if self.parsing.wanted.replace(texts) {
            return;
        }
        let wanted = (bytes / BYTES_PER_THREAD).min(THREADS);
        // The number of processors is read from files: not for a chart that one thread is enough for.
        let threads = if wanted < 2 { 1 } else { wanted.min(processors()) };
        thread::scope(|scope| {
            for _ in 1..threads {
                let _ = thread::Builder::new().spawn_scoped(scope, || self.parsing.help(Wanted::take));
            }
            self.parsing.help(Wanted::take);
        });
    }

    /// The unit of the text under that name.
    pub(crate) fn unit(&self, name: &str, text: &Arc<[u8]>) -> Result<Unit, Error> {
        self.parsing.unit(name, text)
    }

    /// The same for when it is needed.
    pub(crate) fn later(&self, name: &str, text: &Arc<[u8]>) -> Later {
        let (parsing, name, text) = (self.parsing.clone(), name.to_owned(), text.clone());
        Arc::new(move || parsing.unit(&name, &text).ok())
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
                parsed.prepare([("c/templates/a", &texts[0])].into_iter());
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
