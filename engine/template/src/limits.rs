//! How far one run may go: instructions, output bytes, nesting.

/// Bounds of one run. Every bound that is hit is reported as an [`Error`](crate::Error) with the template position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Instructions that may be executed. One action costs a handful.
    pub instructions: u64,
    /// Bytes that may be produced: output, captured output, and texts and lists that functions return.
    pub output: usize,
    /// Nested template calls. Go's bound is 100,000 (`maxExecDepth` in text/template/exec.go).
    pub depth: usize,
}

impl Default for Limits {
    /// Generous for real charts: the largest of the corpus needs under one percent of it.
    fn default() -> Self {
        Self { instructions: 200_000_000, output: 256 << 20, depth: 100_000 }
    }
}

/// Nested parentheses and control structures that the parser accepts. Go takes 10,000 parentheses; the parser and
/// the compiler here recurse natively, and no template written by a person comes near.
pub(crate) const PARSE_DEPTH: usize = 250;

/// Bytes of one template source.
pub(crate) const SOURCE_BYTES: usize = 64 << 20;

/// Nested renders that functions such as `include` and `tpl` ask for. Go has no bound of its own; Helm stops the
/// inclusion of one template in itself after a thousand.
pub(crate) const NESTED_RENDERS: usize = 4000;
