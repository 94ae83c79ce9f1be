//! The loop and its frames.

use std::rc::Rc;
use std::sync::Arc;

use super::frame::{Frame, Unwound};
use super::scope::Scope;
use super::{Meter, Run, Vm};
use crate::builtin::{self, Builtin};
use crate::call::{Failure, Flow, Functions, TOO_LATE, Type};
use crate::error::Error;
use crate::format;
use crate::program::{Op, Program};
use crate::set::{MissingKey, Set};
use crate::value::{MapType, Value};

pub(super) struct Machine<'m> {
    pub(super) functions: &'m dyn Functions,
    pub(super) missing: MissingKey,
    pub(super) meter: &'m mut Meter,
    pub(super) out: &'m mut Vec<u8>,
    pub(super) stack: Vec<Slot>,
    pub(super) variables: Vec<Slot>,
    pub(super) scopes: Vec<Scope>,
    pub(super) frames: Vec<Frame>,
    /// Frames that a function waits for.
    pub(super) captures: usize,
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

/// Instructions between two looks at the budget.
const BATCH: u64 = 256;

impl<'m> Machine<'m> {
    pub(super) fn new(vm: &'m mut Vm<'_>, set: Set, program: Arc<Program>, dot: Value, out: &'m mut Vec<u8>) -> Self {
        let dot = Slot::bare(dot);
        let mut variables = vec![Slot::default(); program.slots];
        if let Some(root) = variables.first_mut() {
            root.value = dot.value.clone();
        }
        let frame = Frame::outermost(program, set, dot);
        Self {
            functions: vm.functions,
            missing: vm.missing,
            meter: &mut vm.meter,
            out,
            stack: Vec::with_capacity(32),
            variables,
            scopes: Vec::new(),
            frames: Vec::new(),
            captures: 0,
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
                self.check_time()?;
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
                let text = &self.frame.program.text.bytes[start as usize..end as usize];
                self.meter.produce(text.len())?;
                self.out.extend_from_slice(text);
            }
            Op::Print => self.print()?,
            Op::Fail(index) => return Err(Failure::text(self.frame.program.tables.messages[index as usize].clone())),
            Op::Method { name, args, piped } => self.check_method(name, args as usize, piped)?,
            Op::MethodArgument { name, index, literal } => self.check_method_argument(name, index as usize, literal)?,
            Op::MethodPiped { name, args } => self.check_piped(name, args as usize)?,
            Op::Invoke { name, args, piped } => self.invoke(name, args as usize, piped)?,
            Op::Check(index) => self.check(self.frame.program.tables.types[index as usize])?,
            Op::Builtin { function, args } => self.builtin(function, args as usize)?,
            Op::Call { function, args } => self.call(function, args as usize)?,
            Op::Defined(index) => drop(self.called(index)?),
            Op::Template(index) => self.template(index)?,
            Op::Constant(_)
            | Op::Nil
            | Op::Dot
            | Op::Variable(_)
            | Op::Fields(_)
            | Op::DotFields(_)
            | Op::VariableFields { .. } => self.load(op)?,
            Op::Lift(_) | Op::Nip | Op::Unbox | Op::Store(_) | Op::Pop => self.shuffle(op),
            Op::Return
            | Op::Jump(_)
            | Op::JumpUnless(_)
            | Op::JumpKeep { .. }
            | Op::Undecide
            | Op::With(_)
            | Op::Iterate { .. }
            | Op::Next { .. }
            | Op::Leave => self.control(op)?,
        }
        Ok(())
    }

    /// Instructions that push a value.
    fn load(&mut self, op: Op) -> Result<(), Failure> {
        match op {
            Op::Constant(index) => {
                let value = self.frame.program.tables.constants[index as usize].value();
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
            _ => {}
        }
        Ok(())
    }

    /// Instructions that move values about.
    fn shuffle(&mut self, op: Op) {
        match op {
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
            _ => {}
        }
    }

    /// Instructions that decide what comes next.
    fn control(&mut self, op: Op) -> Result<(), Failure> {
        match op {
            Op::Jump(to) => self.jump(to),
            Op::JumpUnless(to) => match self.pop().value.truth() {
                true => {}
                false => self.jump(to),
            },
            Op::JumpKeep { to, truth } => {
                if self.stack.last().is_some_and(|top| top.value.truth()) == truth {
                    self.frame.decided = self.node();
                    self.jump(to);
                } else {
                    self.frame.decided = None;
                    self.pop();
                }
            }
            Op::Undecide => self.frame.decided = None,
            Op::With(to) => {
                let value = self.pop();
                if value.value.truth() {
                    let outer = std::mem::replace(&mut self.frame.dot, value);
                    self.scopes.push(Scope::with(outer));
                } else {
                    self.jump(to);
                }
            }
            Op::Iterate { otherwise, variables } => match self.iterate(variables)? {
                true => {}
                false => self.jump(otherwise),
            },
            Op::Next { end, index, item } => match self.next(index, item) {
                true => {}
                false => {
                    self.leave();
                    self.jump(end);
                }
            },
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

    /// Prints as Go's `fmt.Fprint` does, and `<no value>` for nothing.
    fn print(&mut self) -> Result<(), Failure> {
        let top = self.pop();
        let before = self.out.len();
        match &top.value {
            Value::Nil => self.out.extend_from_slice(b"<no value>"),
            Value::String(text) => self.out.extend_from_slice(text),
            Value::Object(object) => {
                let text = object.text_in_place().unwrap_or_else(|| format::pointee(&top.value));
                self.out.extend_from_slice(text.as_bytes());
            }
            value => format::print_value(self.out, value),
        }
        Ok(self.meter.produce(self.out.len() - before)?)
    }

    /// Go's `validateType`.
    fn check(&mut self, ty: Type) -> Result<(), Failure> {
        let Some(top) = self.stack.last_mut() else { return Ok(()) };
        check_type(top, ty)
    }

    fn builtin(&mut self, function: Builtin, args: usize) -> Result<(), Failure> {
        let first = self.copy_arguments(args);
        let value = builtin::call(function, &self.stack[first..])
            .map_err(|failure| calling(function.signature().name, failure))?;
        self.stack.truncate(first);
        self.stack.push(value);
        Ok(())
    }

    /// Makes of that many values what a function gets of them, and tells where they begin.
    fn copy_arguments(&mut self, args: usize) -> usize {
        let first = self.stack.len() - args;
        self.stack[first..].iter_mut().for_each(copy);
        first
    }

    /// Between batches of instructions, and before each function: one call may take as long as many instructions.
    fn check_time(&self) -> Result<(), Failure> {
        if self.functions.is_over() {
            return Err(Failure::text(TOO_LATE));
        }
        Ok(())
    }

    fn call(&mut self, function: u16, args: usize) -> Result<(), Failure> {
        self.check_time()?;
        let first = self.copy_arguments(args);
        let values: smallvec::SmallVec<[Value; 6]> = self.stack.drain(first..).map(|slot| slot.value).collect();
        let mut run = Run { set: &self.frame.set, meter: self.meter };
        let name = |functions: &dyn Functions| functions.signature(function).name;
        match self.functions.call(function, &mut run, &values) {
            Ok(Flow::Value(value)) => {
                self.meter.produce(weight(&value))?;
                self.stack.push(Slot::bare(value));
                Ok(())
            }
            Ok(Flow::Render(render)) => self.render(render).map_err(|failure| calling(name(self.functions), failure)),
            Err(failure) => Err(calling(name(self.functions), failure)),
        }
    }
}

/// Bytes that a function's result counts as output: what it may have allocated. Maps are mostly handed through.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) | Value::Bytes(text) => text.len(),
        Value::List(list) => list.items().len().saturating_mul(size_of::<Value>()),
        Value::Nil
        | Value::Bool(_)
        | Value::Int(..)
        | Value::Uint(..)
        | Value::Float(_)
        | Value::Float32(_)
        | Value::Complex(..)
        | Value::Map(_)
        | Value::Object(_) => 0,
    }
}

/// A value without its place.
pub(super) fn copy(slot: &mut Slot) {
    if let Value::Object(object) = &slot.value
        && let Some(copy) = object.copied()
    {
        slot.value = copy;
    }
}

pub(super) fn calling(function: &str, failure: Failure) -> Failure {
    failure.wrap(format!("error calling {function}: "))
}

/// A map of a named type becomes a plain one where the parameter is one: the call converts it.
fn take_type(slot: &mut Slot, ty: Type) {
    match &slot.value {
        Value::Map(map) if ty == Type::Map && map.ty().name != MapType::ANY.name => {
            slot.value = Value::Map(Rc::new(map.retyped(&MapType::ANY)));
        }
        _ => {}
    }
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
        take_type(slot, ty);
        return Ok(());
    }
    let got = slot.value.type_name();
    Err(Failure::text(format!("wrong type for value; expected {}; got {got}", ty.name())))
}
