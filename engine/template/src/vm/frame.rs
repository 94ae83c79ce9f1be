//! Frames: templates that call templates, and functions that wait for their output.

use std::sync::Arc;

use super::machine::{Machine, Slot, calling};
use super::missing_template;
use crate::ast::NodeId;
use crate::call::{Failure, Render, Then};
use crate::error::Error;
use crate::limits::NESTED_RENDERS;
use crate::program::{Op, Program};
use crate::set::Set;
use crate::value::Value;

/// A template that runs.
pub(super) struct Frame {
    pub(super) program: Arc<Program>,
    pub(super) set: Set,
    pub(super) pc: usize,
    pub(super) dot: Slot,
    /// The argument that decided the last `and` or `or`, if it was not the last one.
    pub(super) decided: Option<NodeId>,
    /// Where its variables start.
    pub(super) base: usize,
    /// Heights of the stacks at its start.
    stack: usize,
    scopes: usize,
    capture: Option<Capture>,
}

/// A function that waits for the frame's output.
struct Capture {
    then: Then,
    /// Where its output begins, behind the caller's so far.
    start: usize,
}

impl Frame {
    /// The frame at the bottom of all.
    pub(super) fn outermost(program: Arc<Program>, set: Set, dot: Slot) -> Self {
        Self { program, set, pc: 0, dot, decided: None, base: 0, stack: 0, scopes: 0, capture: None }
    }
}

impl Machine<'_> {
    pub(super) fn template(&mut self, index: u32) -> Result<(), Failure> {
        let dot = self.pop();
        let (called, set) = (self.called(index)?, self.frame.set.clone());
        self.enter_frame(called, set, dot.value, None)
    }

    /// The template that a `template` action names.
    pub(super) fn called(&self, index: u32) -> Result<Arc<Program>, Failure> {
        let name = &self.frame.program.tables.templates[index as usize];
        let quoted = || crate::literal::quoted(name.as_bytes());
        let found = self.frame.set.find(name).cloned();
        found.ok_or_else(|| Failure::text(format!("template {} not defined", quoted())))
    }

    pub(super) fn render(&mut self, render: Render) -> Result<(), Failure> {
        let template = String::from_utf8_lossy(&render.template);
        let Some(program) = render.set.find(&template).cloned() else {
            let error = Error::unplaced(missing_template(&render.set, &template));
            let value = (render.then)(Err(error))?;
            self.stack.push(Slot::bare(value));
            return Ok(());
        };
        if self.captures >= NESTED_RENDERS {
            return Err(Failure::text(format!("exceeded maximum template depth ({NESTED_RENDERS})")));
        }
        let capture = Capture { then: render.then, start: self.out.len() };
        self.enter_frame(program, render.set, render.dot, Some(capture))
    }

    fn enter_frame(
        &mut self,
        program: Arc<Program>,
        set: Set,
        dot: Value,
        capture: Option<Capture>,
    ) -> Result<(), Failure> {
        if self.frames.len() >= self.meter.limits.depth {
            return Err(Failure::text(format!("exceeded maximum template depth ({})", self.meter.limits.depth)));
        }
        let base = self.variables.len();
        self.variables.resize_with(base + program.slots, Slot::default);
        self.variables[base].value = dot.clone();
        let dot = Slot::bare(dot);
        let (stack, scopes) = (self.stack.len(), self.scopes.len());
        let frame = Frame { program, set, pc: 0, dot, decided: None, base, stack, scopes, capture };
        self.captures += usize::from(frame.capture.is_some());
        self.frames.push(std::mem::replace(&mut self.frame, frame));
        Ok(())
    }

    /// Back to the caller. True if there is none.
    pub(super) fn leave_frame(&mut self) -> Result<bool, Failure> {
        let Some(capture) = self.drop_frame() else { return Ok(true) };
        if let Some(capture) = capture {
            let value = (capture.then)(Ok(&self.out[capture.start..]));
            self.out.truncate(capture.start);
            let value = value.map_err(|failure| calling(self.callee(), failure))?;
            self.stack.push(Slot::bare(value));
        }
        Ok(false)
    }

    /// Drops the current frame; `None` if it is the outermost one.
    fn drop_frame(&mut self) -> Option<Option<Capture>> {
        let caller = self.frames.pop()?;
        let done = std::mem::replace(&mut self.frame, caller);
        self.captures -= usize::from(done.capture.is_some());
        self.variables.truncate(done.base);
        self.stack.truncate(done.stack);
        self.scopes.truncate(done.scopes);
        Some(done.capture)
    }

    /// Name of the function whose call the current frame waits for.
    fn callee(&self) -> &str {
        match self.frame.program.code.get(self.frame.pc.wrapping_sub(1)) {
            Some(&Op::Call { function, .. }) => self.functions.signature(function).name,
            _ => "",
        }
    }

    /// The node of the current instruction.
    pub(super) fn node(&self) -> Option<NodeId> {
        let at = self.frame.program.at.get(self.frame.pc.wrapping_sub(1))?;
        let decided = self.frame.decided.filter(|_| at.may_be_decided());
        Some(decided.unwrap_or(at.node()))
    }

    /// Puts the position of the current instruction around a failure.
    pub(super) fn locate(&self, failure: Failure) -> Error {
        let program = &self.frame.program;
        let Some(node) = self.node() else {
            return Error::unplaced(failure.to_string());
        };
        let tree = program.text.tree();
        Error::execute(tree.position(node, &program.file), &program.name, tree.print(node), failure)
    }

    /// Drops frames down to the function that waits for one of them, and tells it.
    pub(super) fn unwind(&mut self, error: Error) -> Unwound {
        loop {
            match self.drop_frame() {
                None => return Unwound::Out(error),
                Some(None) => {}
                Some(Some(capture)) => {
                    self.out.truncate(capture.start);
                    return match (capture.then)(Err(error)) {
                        Ok(value) => {
                            self.stack.push(Slot::bare(value));
                            Unwound::Resumed
                        }
                        Err(failure) => Unwound::Failed(calling(self.callee(), failure)),
                    };
                }
            }
        }
    }
}

/// What became of an error.
pub(super) enum Unwound {
    /// The waiting function failed too.
    Failed(Failure),
    /// The waiting function made a value of it.
    Resumed,
    /// Nobody waited.
    Out(Error),
}
