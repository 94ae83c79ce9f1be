//! The machine: one loop over flat instructions, with its own stacks, so that no template can exhaust the native one.

mod field;
mod frame;
mod machine;
mod outside;
mod scope;

pub(crate) use machine::Slot;
pub use outside::Left;

use crate::call::Functions;
use crate::error::Error;
use crate::limits::Limits;
use crate::set::{MissingKey, Set};
use crate::value::{Value, cycle};

/// Executes templates. The budget is shared by all executions of one machine.
pub struct Vm<'f> {
    functions: &'f dyn Functions,
    missing: MissingKey,
    meter: Meter,
}

/// What is left of the limits.
struct Meter {
    limits: Limits,
    instructions: u64,
    output: usize,
}

/// The run that calls a function.
pub struct Run<'r> {
    set: &'r Set,
    meter: &'r mut Meter,
}

impl<'f> Vm<'f> {
    pub fn new(functions: &'f dyn Functions, missing: MissingKey, limits: Limits) -> Self {
        let meter = Meter { limits, instructions: limits.instructions, output: limits.output };
        Self { functions, missing, meter }
    }

    /// Executes the template and appends what it prints to `out`, also up to an error.
    ///
    /// # Errors
    /// Go's message with its position, or the limit that was reached.
    pub fn execute(&mut self, set: &Set, template: &str, dot: Value, out: &mut Vec<u8>) -> Result<(), Error> {
        let Some(program) = set.find(template) else {
            return Err(Error::unplaced(missing_template(set, template)));
        };
        machine::Machine::new(self, set.clone(), program.clone(), dot, out).run()
    }

    /// Instructions executed so far.
    pub fn instructions(&self) -> u64 {
        self.meter.limits.instructions - self.meter.instructions
    }
}

impl Drop for Vm<'_> {
    fn drop(&mut self) {
        cycle::break_all();
    }
}

fn missing_template(set: &Set, template: &str) -> String {
    let quote = |name: &str| crate::literal::quoted(name.as_bytes());
    format!("no template {} associated with template {}", quote(template), quote(set.root()))
}

impl Run<'_> {
    /// The set that the calling template belongs to.
    pub fn set(&self) -> &Set {
        self.set
    }

    /// Pays for work that no instruction counts, such as a function that loops.
    ///
    /// # Errors
    /// The limit that is reached.
    pub fn charge(&mut self, steps: u64) -> Result<(), crate::Failure> {
        self.meter.spend(steps).map_err(crate::Failure::Text)
    }
}

impl Meter {
    fn spend(&mut self, instructions: u64) -> Result<(), String> {
        match self.instructions.checked_sub(instructions) {
            Some(left) => {
                self.instructions = left;
                Ok(())
            }
            None => Err(format!(
                "the render took more than {} steps; simplify the template or raise the limit",
                self.limits.instructions
            )),
        }
    }

    fn produce(&mut self, bytes: usize) -> Result<(), String> {
        match self.output.checked_sub(bytes) {
            Some(left) => {
                self.output = left;
                Ok(())
            }
            None => Err(format!(
                "the render produced more than {} bytes; simplify the template or raise the limit",
                self.limits.output
            )),
        }
    }
}
