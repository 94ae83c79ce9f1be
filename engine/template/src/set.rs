//! Template sets: parse once under a name, look up by name while running.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use crate::call::Functions;
use crate::error::Error;
use crate::program::Program;
use crate::unit::Unit;

/// Templates that can call each other. Cloning shares; [`Set::layer`] makes room for more on top.
#[derive(Clone)]
pub struct Set(Arc<Layer>);

#[derive(Clone)]
struct Layer {
    root: Arc<str>,
    templates: FxHashMap<Arc<str>, Slot>,
    below: Option<Set>,
}

#[derive(Clone)]
enum Slot {
    Known(Arc<Program>),
    Promised { unit: Later, program: OnceLock<Option<Arc<Program>>> },
}

/// Gets the unit of a text that defines nothing but itself; `None` if it does not parse.
pub type Later = Arc<dyn Fn() -> Option<Unit> + Send + Sync>;

/// What a missing map key yields (text/template's option `missingkey`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingKey {
    /// No value: prints `<no value>`. Go's `default` and `invalid`.
    #[default]
    Invalid,
    /// The zero value of the map's element type.
    Zero,
    /// An error.
    Error,
}

impl Set {
    /// An empty set. `root` is the name that a message about a missing template mentions.
    pub fn new(root: &str) -> Self {
        Self(Arc::new(Layer { root: root.into(), templates: FxHashMap::default(), below: None }))
    }

    /// A set that sees everything of this one, and whose own definitions this one does not see.
    #[must_use]
    pub fn layer(&self) -> Self {
        let below = Some(self.clone());
        Self(Arc::new(Layer { root: self.0.root.clone(), templates: FxHashMap::default(), below }))
    }

    /// Parses `text` under `name` and adds it and everything that it defines. A blank template never replaces
    /// one that is not blank.
    ///
    /// # Errors
    /// Go's message for a text that is not a template.
    pub fn parse(&mut self, name: &str, text: &[u8], functions: &dyn Functions) -> Result<(), Error> {
        self.add(&Unit::parse(name, &text.into(), functions)?);
        Ok(())
    }

    /// Adds what a text defines. A blank template never replaces one that is not blank.
    pub fn add(&mut self, unit: &Unit) {
        for program in unit.programs() {
            if !program.blank || self.find(&program.name).is_none() {
                Arc::make_mut(&mut self.0).templates.insert(program.name.clone(), Slot::Known(program.clone()));
            }
        }
    }

    /// Adds a text that was perhaps not parsed yet, and will be when it is looked for. It defines nothing but itself.
    /// One that does not parse is missing then: whoever promised it tells the error. False if the name is taken: whether
    /// the text replaces what is there depends on whether it is blank.
    pub fn promise(&mut self, name: &str, unit: impl FnOnce() -> Later) -> bool {
        if self.slot(name).is_some() {
            return false;
        }
        let slot = Slot::Promised { unit: unit(), program: OnceLock::new() };
        Arc::make_mut(&mut self.0).templates.insert(name.into(), slot);
        true
    }

    pub fn contains(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Whether both are the same set, not just equal ones.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub fn root(&self) -> &str {
        &self.0.root
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Arc<Program>> {
        match self.slot(name)? {
            Slot::Known(program) => Some(program),
            Slot::Promised { unit, program } => program.get_or_init(|| unit()?.programs().last().cloned()).as_ref(),
        }
    }

    fn slot(&self, name: &str) -> Option<&Slot> {
        let mut layer = &self.0;
        loop {
            if let Some(slot) = layer.templates.get(name) {
                return Some(slot);
            }
            layer = &layer.below.as_ref()?.0;
        }
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        // Layers can be stacked high: free them one by one, not recursively.
        let mut below = self.below.take();
        while let Some(Set(layer)) = below {
            below = Arc::try_unwrap(layer).ok().and_then(|mut layer| layer.below.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Set;
    use crate::error::Error;

    /// Sets are parsed once and used by many threads; errors travel to whoever reports them.
    #[test]
    fn sets_and_errors_can_be_shared() {
        fn shared<T: Send + Sync>() {}
        shared::<Set>();
        shared::<Error>();
    }
}
