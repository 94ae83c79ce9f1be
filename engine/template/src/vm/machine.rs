//! The loop and its frames.

use std::rc::Rc;

use super::scope::Scope;
use super::{Meter, Run, Vm, missing_template};
use crate::ast::NodeId;
use crate::builtin;
use crate::call::{Failure, Flow, Functions, Render, Type};
use crate::error::Error;
use crate::format;
use crate::program::{Op, Program};
use crate::set::{MissingKey, Set};
use crate::value::Value;

pub(super) struct Machine<'m> {
    functions: &'m dyn Functions,
    pub(super) missing: MissingKey,
    meter: &'m mut Meter,
    out: &'m mut Vec<u8>,
    pub(super) stack: Vec<Slot>,
    pub(super) variables: Vec<Slot>,
    pub(super) scopes: Vec<Scope>,
    frames: Vec<Frame>,
    pub(super) frame: Frame,
}

/// A value, and whether a Go interface holds it. `Nil` outside an interface is Go's invalid value.
#[derive(Clone, Default)]
pub(crate) struct Slot {
    pub(crate) value: Value,
    pub(crate) boxed: bool,
}

impl Slot {
    pub(crate) fn bare(value: Value) -> Self {
        Self { value, boxed: false }
    }

    pub(crate) fn boxed(value: Value) -> Self {
        Self { value, boxed: true }
    }

    /// The static type, as messages name it.
    pub(crate) fn type_name(&self) -> &str {
        if self.boxed { "interface {}" } else { self.value.type_name() }
    }
}

/// A template that runs.
pub(super) struct Frame {
    pub(super) program: Rc<Program>,
    set: Set,
    pc: usize,
    pub(super) dot: Slot,
    /// Where its variables start.
    pub(super) base: usize,
    stack: usize,
    scopes: usize,
    capture: Option<Capture>,
}

/// A function that waits for the frame's output.
struct Capture {
    then: Box<dyn FnOnce(Result<Vec<u8>, Error>) -> Result<Value, Failure>>,
    /// The caller's output so far.
    outer: Vec<u8>,
}

/// Instructions between two looks at the budget.
const BATCH: u64 = 256;

impl<'m> Machine<'m> {
    pub(super) fn new(vm: &'m mut Vm<'_>, set: Set, program: Rc<Program>, dot: Value, out: &'m mut Vec<u8>) -> Self {
        let dot = Slot::bare(dot);
        let mut variables = vec![Slot::default(); program.slots];
        if let Some(root) = variables.first_mut() {
            root.value = dot.value.clone();
        }
        let frame = Frame { program, set, pc: 0, dot, base: 0, stack: 0, scopes: 0, capture: None };
        Self {
            functions: vm.functions,
            missing: vm.missing,
            meter: &mut vm.meter,
            out,
            stack: Vec::with_capacity(32),
            variables,
            scopes: Vec::new(),
            frames: Vec::new(),
            frame,
        }
    }

    /// Runs to the end. An error inside a captured frame goes to the function that waits for it.
    pub(super) fn run(mut self) -> Result<(), Error> {
        loop {
            let Err(mut failure) = self.steps() else { return Ok(()) };
            loop {
                let error = self.locate(failure);
                match self.unwind(error) {
                    Unwound::Failed(next) => failure = next,
                    Unwound::Resumed => break,
                    Unwound::Out(error) => return Err(error),
                }
            }
        }
    }

    fn steps(&mut self) -> Result<(), Failure> {
        let mut batch = BATCH;
        loop {
            batch -= 1;
            if batch == 0 {
                self.meter.spend(BATCH)?;
                batch = BATCH;
            }
            let Some(&op) = self.frame.program.code.get(self.frame.pc) else { return Ok(()) };
            self.frame.pc += 1;
            if let Op::Return = op {
                if self.leave_frame()? {
                    return Ok(());
                }
            } else {
                self.step(op)?;
            }
        }
    }

    fn step(&mut self, op: Op) -> Result<(), Failure> {
        match op {
            Op::Text { start, end } => {
                let source = self.frame.program.source.clone();
                self.write(&source.text[start as usize..end as usize])?;
            }
            Op::Print => self.print()?,
            Op::Constant(index) => {
                let value = self.frame.program.constants[index as usize].clone();
                self.stack.push(Slot::bare(value));
            }
            Op::Nil => self.stack.push(Slot::default()),
            Op::Dot => self.stack.push(self.frame.dot.clone()),
            Op::Variable(slot) => {
                let value = self.variable(slot).clone();
                self.stack.push(value);
            }
            Op::Fields(path) => {
                let base = self.pop();
                self.fields(base, path)?;
            }
            Op::DotFields(path) => {
                let base = self.frame.dot.clone();
                self.fields(base, path)?;
            }
            Op::VariableFields { slot, path } => {
                let base = self.variable(slot).clone();
                self.fields(base, path)?;
            }
            Op::Method(path) => self.check_method(path)?,
            Op::MethodArgument { path, index } => self.check_method_argument(path, index as usize)?,
            Op::Invoke { path, args, piped } => self.invoke(path, args as usize, piped)?,
            Op::Check(index) => self.check(self.frame.program.types[index as usize])?,
            Op::Builtin { function, args } => {
                let first = self.stack.len() - args as usize;
                let value = builtin::call(function, &self.stack[first..])
                    .map_err(|failure| calling(function.signature().name, failure))?;
                self.stack.truncate(first);
                self.stack.push(value);
            }
            Op::Call { function, args } => self.call(function, args as usize)?,
            Op::Lift(over) => {
                let at = self.stack.len() - 1 - over as usize;
                self.stack[at..].rotate_left(1);
            }
            Op::Nip => {
                let top = self.pop();
                self.pop();
                self.stack.push(top);
            }
            Op::Unbox => {
                if let Some(top) = self.stack.last_mut() {
                    top.boxed = false;
                }
            }
            Op::Store(slot) => {
                let value = self.stack.last().cloned().unwrap_or_default();
                *self.variable_mut(slot) = value;
            }
            Op::Pop => drop(self.pop()),
            Op::Fail(index) => return Err(Failure::text(self.frame.program.messages[index as usize].clone())),
            Op::Template(index) => self.template(index)?,
            Op::Return
            | Op::Jump(_)
            | Op::JumpUnless(_)
            | Op::JumpKeep { .. }
            | Op::With(_)
            | Op::Iterate { .. }
            | Op::Next { .. }
            | Op::Leave => self.control(op)?,
        }
        Ok(())
    }

    fn control(&mut self, op: Op) -> Result<(), Failure> {
        match op {
            Op::Jump(to) => self.jump(to),
            Op::JumpUnless(to) => {
                if !self.pop().value.truth() {
                    self.jump(to);
                }
            }
            Op::JumpKeep { to, truth } => {
                if self.stack.last().is_some_and(|top| top.value.truth()) == truth {
                    self.jump(to);
                } else {
                    self.pop();
                }
            }
            Op::With(to) => {
                let value = self.pop();
                if value.value.truth() {
                    let outer = std::mem::replace(&mut self.frame.dot, value);
                    self.scopes.push(Scope::with(outer));
                } else {
                    self.jump(to);
                }
            }
            Op::Iterate { otherwise, variables } => {
                if !self.iterate(variables)? {
                    self.jump(otherwise);
                }
            }
            Op::Next { end, index, item } => {
                if !self.next(index, item) {
                    self.leave();
                    self.jump(end);
                }
            }
            Op::Leave => self.leave(),
            _ => {}
        }
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Slot {
        self.stack.pop().unwrap_or_default()
    }

    fn jump(&mut self, to: u32) {
        self.frame.pc = to as usize;
    }

    fn variable(&self, slot: u16) -> &Slot {
        &self.variables[self.frame.base + slot as usize]
    }

    pub(super) fn variable_mut(&mut self, slot: u16) -> &mut Slot {
        &mut self.variables[self.frame.base + slot as usize]
    }

    fn write(&mut self, text: &[u8]) -> Result<(), Failure> {
        self.meter.produce(text.len())?;
        self.out.extend_from_slice(text);
        Ok(())
    }

    /// Prints as Go's `fmt.Fprint` does, and `<no value>` for nothing.
    fn print(&mut self) -> Result<(), Failure> {
        let top = self.pop();
        let before = self.out.len();
        match &top.value {
            Value::Nil => self.out.extend_from_slice(b"<no value>"),
            Value::String(text) => self.out.extend_from_slice(text),
            value => format::print_value(self.out, value),
        }
        Ok(self.meter.produce(self.out.len() - before)?)
    }

    /// Go's `validateType`.
    fn check(&mut self, ty: Type) -> Result<(), Failure> {
        let Some(top) = self.stack.last_mut() else { return Ok(()) };
        check_type(top, ty)
    }

    fn call(&mut self, function: u16, args: usize) -> Result<(), Failure> {
        let first = self.stack.len() - args;
        let values: smallvec::SmallVec<[Value; 6]> = self.stack.drain(first..).map(|slot| slot.value).collect();
        let mut run = Run { set: &self.frame.set, meter: self.meter };
        let name = |functions: &dyn Functions| functions.signature(function).name;
        match self.functions.call(function, &mut run, &values) {
            Ok(Flow::Value(value)) => {
                self.stack.push(Slot::bare(value));
                Ok(())
            }
            Ok(Flow::Render(render)) => self.render(render).map_err(|failure| calling(name(self.functions), failure)),
            Err(failure) => Err(calling(name(self.functions), failure)),
        }
    }
}

/// Frames.
impl Machine<'_> {
    fn template(&mut self, index: u32) -> Result<(), Failure> {
        let dot = self.pop();
        let program = self.frame.program.clone();
        let name = &program.templates[index as usize];
        let Some(called) = self.frame.set.find(name) else {
            return Err(Failure::text(format!("template {} not defined", crate::literal::quoted(name.as_bytes()))));
        };
        let (called, set) = (called.clone(), self.frame.set.clone());
        self.enter_frame(called, set, dot.value, None)
    }

    fn render(&mut self, render: Render) -> Result<(), Failure> {
        let Some(program) = render.set.find(&render.template).cloned() else {
            let error = Error::unplaced(missing_template(&render.set, &render.template));
            let value = (render.then)(Err(error))?;
            self.stack.push(Slot::bare(value));
            return Ok(());
        };
        let outer = std::mem::take(self.out);
        let capture = Capture { then: render.then, outer };
        self.enter_frame(program, render.set, render.dot, Some(capture))
    }

    fn enter_frame(
        &mut self,
        program: Rc<Program>,
        set: Set,
        dot: Value,
        capture: Option<Capture>,
    ) -> Result<(), Failure> {
        if self.frames.len() >= self.meter.limits.depth {
            if let Some(capture) = capture {
                *self.out = capture.outer;
            }
            return Err(Failure::text(format!("exceeded maximum template depth ({})", self.meter.limits.depth)));
        }
        let base = self.variables.len();
        self.variables.resize_with(base + program.slots, Slot::default);
        self.variables[base].value = dot.clone();
        let dot = Slot::bare(dot);
        let (stack, scopes) = (self.stack.len(), self.scopes.len());
        let frame = Frame { program, set, pc: 0, dot, base, stack, scopes, capture };
        self.frames.push(std::mem::replace(&mut self.frame, frame));
        Ok(())
    }

    /// Back to the caller. True if there is none.
    fn leave_frame(&mut self) -> Result<bool, Failure> {
        let Some(capture) = self.drop_frame() else { return Ok(true) };
        if let Some(capture) = capture {
            let output = std::mem::replace(self.out, capture.outer);
            let value = (capture.then)(Ok(output)).map_err(|failure| calling(self.callee(), failure))?;
            self.stack.push(Slot::bare(value));
        }
        Ok(false)
    }

    /// Drops the current frame; `None` if it is the outermost one.
    fn drop_frame(&mut self) -> Option<Option<Capture>> {
        let caller = self.frames.pop()?;
        let done = std::mem::replace(&mut self.frame, caller);
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
        self.frame.program.at.get(self.frame.pc.wrapping_sub(1)).copied()
    }

    /// Puts the position of the current instruction around a failure.
    fn locate(&self, failure: Failure) -> Error {
        let program = &self.frame.program;
        let Some(node) = self.node() else {
            return Error::unplaced(failure.to_string());
        };
        Error::execute(program.source.position(node), &program.name, program.source.print(node), failure)
    }

    /// Drops frames down to the function that waits for one of them, and tells it.
    fn unwind(&mut self, error: Error) -> Unwound {
        loop {
            match self.drop_frame() {
                None => return Unwound::Out(error),
                Some(None) => {}
                Some(Some(capture)) => {
                    *self.out = capture.outer;
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

enum Unwound {
    /// The waiting function failed too.
    Failed(Failure),
    /// The waiting function made a value of it.
    Resumed,
    /// Nobody waited.
    Out(Error),
}

pub(super) fn calling(function: &str, failure: Failure) -> Failure {
    failure.wrap(format!("error calling {function}: "))
}

pub(super) fn check_type(slot: &mut Slot, ty: Type) -> Result<(), Failure> {
    if slot.value.is_nil() {
        if ty == Type::Any {
            return Ok(());
        }
        if slot.boxed {
            return Err(Failure::text(format!("wrong type for value; expected {}; got interface {{}}", ty.name())));
        }
        if !ty.can_be_nil() {
            return Err(Failure::text(format!("invalid value; expected {}", ty.name())));
        }
        slot.value = ty.nil();
        return Ok(());
    }
    if slot.value.assignable_to(ty) {
        return Ok(());
    }
    let got = slot.value.type_name();
    Err(Failure::text(format!("wrong type for value; expected {}; got {got}", ty.name())))
}
