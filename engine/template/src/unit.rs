//! One text, parsed and compiled: what it defines, for any number of sets, runs and threads.

use std::sync::Arc;

use crate::builtin::Builtin;
use crate::call::Functions;
use crate::compile::{Shared, compile};
use crate::error::Error;
use crate::parser::parse;
use crate::program::{Program, Text};

/// The templates of one text, the text itself last. Cloning shares.
#[derive(Clone)]
pub struct Unit(Arc<[Arc<Program>]>);

impl Unit {
    /// Parses `text` under `name`.
    ///
    /// # Errors
    /// Go's message for a text that is not a template.
    pub fn parse(name: &str, text: &Arc<[u8]>, functions: &dyn Functions) -> Result<Self, Error> {
        let is_function = |word: &[u8]| {
            let word = std::str::from_utf8(word).unwrap_or_default();
            functions.find(word).is_some() || Builtin::find(word).is_some()
        };
        let parsed = parse(name, text, &is_function)?;
        let source = parsed.source;
        let text = Arc::new(Text::new(name.into(), text.clone()));
        let mut shared = Shared::default();
        let programs = parsed.trees.into_iter().map(|tree| compile(&source, &text, tree, functions, &mut shared));
        Ok(Self(programs.map(Arc::new).collect()))
    }

    /// What parsing the same text under another name gives. `None` if the text defines a template of the old or
    /// the new name: then only parsing tells.
    pub fn renamed(&self, to: &str) -> Option<Self> {
        let (own, defined) = self.0.split_last()?;
        let clashes = |program: &Arc<Program>| *program.name == *to || program.name == own.file;
        if own.name != own.file || defined.iter().any(clashes) {
            return None;
        }
        let file: Arc<str> = to.into();
        let rename = |program: &Arc<Program>, name: &Arc<str>| {
            Arc::new(Program { name: name.clone(), file: file.clone(), ..Program::clone(program) })
        };
        let defined = defined.iter().map(|program| rename(program, &program.name));
        Some(Self(defined.chain([rename(own, &file)]).collect()))
    }

    pub(crate) fn programs(&self) -> &[Arc<Program>] {
        &self.0
    }
}
