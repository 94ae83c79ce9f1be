//! Fields and methods: Go's `evalField`.

use super::machine::{Machine, Slot, calling, check_type};
use crate::call::{Failure, Type};
use crate::literal::quoted;
use crate::program::Path;
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

    /// Fails if the top has no such method: with arguments, nothing else will do.
    pub(super) fn check_method(&mut self, name: u32) -> Result<(), Failure> {
        let program = self.frame.program.clone();
        let name = program.name(name);
        let Some(receiver) = self.stack.last() else { return Ok(()) };
        if receiver.value.is_nil() {
            return self.field_of_nil(receiver, name).map(drop);
        }
        if find_method(&receiver.value, name).is_some() {
            return Ok(());
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

    /// A literal must have the parameter's type, or convert to it; anything else is checked with the call.
    pub(super) fn check_method_argument(&mut self, name: u32, index: usize, literal: u32) -> Result<(), Failure> {
        let program = self.frame.program.clone();
        let receiver = self.stack.len().checked_sub(index + 2).and_then(|at| self.stack.get(at));
        let Some(method) = receiver.and_then(|receiver| find_method(&receiver.value, program.name(name))) else {
            return Ok(());
        };
        let ty = method.signature.param(index);
        let Some(number) = program.tables.literals.get(literal as usize) else { return Ok(()) };
        let Some(top) = self.stack.last_mut() else { return Ok(()) };
        let expected = match ty {
            Type::Bool => "bool",
            Type::String => "string",
            Type::Int | Type::Int64 => "integer",
            Type::Uint32 => "unsigned integer",
            Type::Float64 => "float",
            Type::Any | Type::Map | Type::List | Type::Strings | Type::Named(_) => return Ok(()),
        };
        match (ty, number.int, number.float) {
            (Type::Int64, Some(int), _) => top.value = Value::int64(int),
            (Type::Float64, _, Some(float)) => top.value = Value::Float(float),
            _ if top.value.assignable_to(ty) => {}
            _ => {
                let found = self.node().map_or_else(String::new, |node| program.text.tree().print(node));
                return Err(Failure::text(format!("expected {expected}; found {found}")));
            }
        }
        Ok(())
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
