//! Brackets within one tag, and how deep the expression in it can become.

/// Tokens that may follow each other without a comma, brackets around them included. A parser may turn each of them
/// into one level of its tree.
const DEPTH: usize = 500;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    /// `[…]` as a value
    List,
    /// `{…}`
    Map,
    /// `x[…]`
    Subscript,
    /// `f(…)`, or targets and parameters
    Call,
    /// `(…)` around an expression, or a tuple
    Group { at: usize },
}

/// The tag itself, then the brackets that are open.
pub(super) struct Nesting {
    levels: Vec<Level>,
    depth: usize,
}

#[derive(Default)]
struct Level {
    bracket: Option<Bracket>,
    /// Tokens since the last comma.
    run: usize,
    has_comma: bool,
    /// The operand that is being read must pass the check.
    pending: bool,
}

impl Default for Nesting {
    fn default() -> Self {
        Self { levels: vec![Level::default()], depth: 0 }
    }
}

impl Nesting {
    pub(super) fn inside(&self) -> Option<Bracket> {
        self.levels.last().and_then(|level| level.bracket)
    }

    pub(super) fn open(&mut self, bracket: Bracket) {
        self.levels.push(Level { bracket: Some(bracket), ..Level::default() });
    }

    /// The bracket that ends here, and whether it had commas.
    pub(super) fn close(&mut self) -> (Option<Bracket>, bool) {
        if self.levels.len() < 2 {
            return (None, false);
        }
        let Some(level) = self.levels.pop() else { return (None, false) };
        self.depth -= level.run;
        (level.bracket, level.has_comma)
    }

    /// A comma or a colon: what follows is beside what came before, not below it.
    pub(super) fn separate(&mut self, comma: bool) {
        if let Some(level) = self.levels.last_mut() {
            level.has_comma |= comma;
            self.depth -= level.run;
            level.run = 0;
        }
    }

    /// Whether the innermost bracket, or the tag, holds several values.
    pub(super) fn has_comma(&self) -> bool {
        self.levels.last().is_some_and(|level| level.has_comma)
    }

    pub(super) fn set_pending(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.pending = true;
        }
    }

    pub(super) fn take_pending(&mut self) -> bool {
        self.levels.last_mut().is_some_and(|level| std::mem::take(&mut level.pending))
    }

    /// One token more.
    pub(super) fn count(&mut self) -> Result<(), String> {
        if let Some(level) = self.levels.last_mut() {
            level.run += 1;
            self.depth += 1;
        }
        if self.depth > DEPTH {
            return Err(format!("an expression has more than {DEPTH} parts without a comma, split it with set"));
        }
        Ok(())
    }
}
