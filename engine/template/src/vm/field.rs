//! Fields and methods: Go's `evalField`.

use super::machine::{Machine, Slot, calling, check_type};
use crate::call::{Failure, Type};
use crate::literal::{Number, quoted};
use crate::program::{NIL_LITERAL, Path};
use crate::set::MissingKey;
use crate::value::{Map, Method, Value};

impl Machine<'_> {
    /// Pushes what the path leads to from `base`.
    pub(super) fn fields(&mut self, base: Slot, path: Path) -> Result<(), Failure> {
        let mut value = base;
        for name in self.frame.program.path(path) {
            value = self.field(&value, name)?;
        }
        self.stack.push(value);
        Ok(())
    }

    fn field(&self, receiver: &Slot, name: &[u8]) -> Result<Slot, Failure> {
        if receiver.value.is_nil() {
            return self.field_of_nil(receiver, name);
        }
        if let Some(method) = find_method(&receiver.value, name) {
            return call_method(method, &receiver.value, Vec::new()).map(Slot::bare);
        }
        match &receiver.value {
            Value::Map(map) => self.map_entry(map, name),
            Value::Object(object) => {
                let field = std::str::from_utf8(name).ok().and_then(|name| object.field(name));
                field.map(Slot::bare).ok_or_else(|| cannot_evaluate(receiver, name))
            }
            _ => Err(cannot_evaluate(receiver, name)),
        }
    }

    fn field_of_nil(&self, receiver: &Slot, name: &[u8]) -> Result<Slot, Failure> {
        if receiver.boxed {
            let name = String::from_utf8_lossy(name);
            return Err(Failure::text(format!("nil pointer evaluating interface {{}}.{name}")));
        }
        match self.missing {
            MissingKey::Error => Err(Failure::text(format!("nil data; no entry for key {}", quoted(name)))),
            MissingKey::Invalid | MissingKey::Zero => Ok(Slot::default()),
        }
    }

    fn map_entry(&self, map: &Map, name: &[u8]) -> Result<Slot, Failure> {
        let boxed = map.ty().elem == Type::Any;
        if let Some(value) = map.get(name) {
            return Ok(Slot { value, boxed });
        }
        match self.missing {
            MissingKey::Invalid => Ok(Slot::default()),
            MissingKey::Zero if boxed => Ok(Slot::boxed(Value::Nil)),
            MissingKey::Zero if map.ty().elem == Type::String => Ok(Slot::bare(Value::string(""))),
            MissingKey::Zero => Ok(Slot::default()),
            MissingKey::Error => Err(Failure::text(format!("map has no entry for key {}", quoted(name)))),
        }
    }

    /// Fails if the top has no such method, or not for so many arguments: with arguments, nothing else will do.
    pub(super) fn check_method(&mut self, name: u32, args: usize, piped: bool) -> Result<(), Failure> {
        let program = self.frame.program.clone();
        let name = program.name(name);
        let Some(receiver) = self.stack.last() else { return Ok(()) };
        if receiver.value.is_nil() {
            return self.field_of_nil(receiver, name).map(drop);
        }
        if let Some(method) = find_method(&receiver.value, name) {
            return method.signature.arity_error(args, piped).map_or(Ok(()), |message| Err(Failure::text(message)));
        }
        let is_field = match &receiver.value {
            Value::Map(_) => true,
            Value::Object(object) => std::str::from_utf8(name).is_ok_and(|name| object.field(name).is_some()),
            _ => false,
        };
        if !is_field {
            return Err(cannot_evaluate(receiver, name));
        }
        let name = String::from_utf8_lossy(name);
        Err(Failure::text(format!("{name} is not a method but has arguments")))
    }

    /// The top must have the parameter's type; a literal may also convert to it.
    pub(super) fn check_method_argument(&mut self, name: u32, index: usize, literal: u32) -> Result<(), Failure> {
        let Some(ty) = self.method_parameter(name, index + 1, index) else { return Ok(()) };
        let number = self.frame.program.tables.literals.get(literal as usize).copied();
        let written = self.node().filter(|_| number.is_some());
        let Some(top) = self.stack.last_mut() else { return Ok(()) };
        match number {
            None if literal == NIL_LITERAL && !ty.can_be_nil() => {
                Err(Failure::text(format!("cannot assign nil to {}", ty.name())))
            }
            None => check_type(top, ty),
            Some(number) if convert_literal(top, ty, number) => Ok(()),
            Some(_) => {
                let found = written.map_or_else(String::new, |node| self.frame.program.text.tree().print(node));
                Err(Failure::Text(ty.refuse(&found)))
            }
        }
    }

    /// The piped value must have the type of the parameter behind the arguments.
    pub(super) fn check_piped(&mut self, name: u32, args: usize) -> Result<(), Failure> {
        let Some(ty) = self.method_parameter(name, args, args) else { return Ok(()) };
        let piped = self.stack.len().checked_sub(args + 2).and_then(|at| self.stack.get_mut(at));
        piped.map_or(Ok(()), |piped| check_type(piped, ty))
    }

    /// The type of a parameter of the method, whose receiver lies below so many values; `None` if there is no method.
    fn method_parameter(&self, name: u32, above: usize, index: usize) -> Option<Type> {
        let receiver = self.stack.len().checked_sub(above + 1).and_then(|at| self.stack.get(at))?;
        let method = find_method(&receiver.value, self.frame.program.name(name))?;
        Some(method.signature.param(index))
    }

    /// Calls the method that `check_method` found.
    pub(super) fn invoke(&mut self, name: u32, args: usize, piped: bool) -> Result<(), Failure> {
        let program = self.frame.program.clone();
        let mut values = self.stack.split_off(self.stack.len() - args);
        let receiver = self.pop().value;
        if piped {
            values.push(self.pop());
        }
        let method = find_method(&receiver, program.name(name));
        // A nil receiver passes `check_method` where missing keys are no error: nothing comes of nothing.
        let value = match method {
            Some(method) => call_method(method, &receiver, values)?,
            None => Value::Nil,
        };
        self.stack.push(Slot::bare(value));
        Ok(())
    }
}

/// Makes of a literal what the parameter wants; false if it cannot be that.
fn convert_literal(slot: &mut Slot, ty: Type, number: Number) -> bool {
    match (ty, number.int, number.float) {
        (Type::Map | Type::List | Type::Strings | Type::Named(_), ..) => return false,
        (Type::Int64, Some(int), _) => slot.value = Value::int64(int),
        (Type::Float64, _, Some(float)) => slot.value = Value::Float(float),
        _ => return ty == Type::Any || slot.value.assignable_to(ty),
    }
    true
}

pub(super) fn find_method(receiver: &Value, name: &[u8]) -> Option<&'static Method> {
    receiver.methods().iter().find(|method| method.signature.name.as_bytes() == name)
}

pub(super) fn call_method(method: &Method, receiver: &Value, mut arguments: Vec<Slot>) -> Result<Value, Failure> {
    let signature = &method.signature;
    if let Some(message) = signature.arity_error(arguments.len(), false) {
        return Err(Failure::text(message));
    }
    for (index, argument) in arguments.iter_mut().enumerate() {
        check_type(argument, signature.param(index))?;
    }
    let values: Vec<Value> = arguments.into_iter().map(|slot| slot.value).collect();
    (method.run)(receiver, &values).map_err(|failure| calling(signature.name, failure))
}

fn cannot_evaluate(receiver: &Slot, name: &[u8]) -> Failure {
    let (name, ty) = (String::from_utf8_lossy(name), receiver.type_name());
    match &receiver.value {
        Value::Object(object) if object.fields().iter().any(|(field, _)| *field == name) => {
            Failure::text(format!("{name} is an unexported field of struct type {ty}"))
        }
        _ => Failure::text(format!("can't evaluate field {name} in type {ty}")),
    }
}
