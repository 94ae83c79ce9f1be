//! Calls from outside of any template: another template language uses the functions, under the same limits.

use super::field::{call_method, find_method};
use super::machine::{Slot, calling, check_type, weight};
use super::{Run, Vm};
use crate::builtin::{self, Builtin};
use crate::call::{Failure, Flow, Signature, Type};
use crate::set::Set;
use crate::value::{IntKind, Value};

/// Steps that a call costs, whatever it does.
const CALL: u64 = 8;

/// What is left of the limits of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    pub instructions: u64,
    pub output: usize,
}

impl Vm<'_> {
    /// Calls a function by its name. `None` if there is none of that name. Numbers become the type of the parameter
    /// where nothing is lost, as constants do in templates.
    ///
    /// # Errors
    /// What the function reports, or the limit that was reached.
    pub fn call(&mut self, set: &Set, name: &str, args: Vec<Value>) -> Option<Result<Value, Failure>> {
        if let Some(function) = self.functions.find(name) {
            return Some(self.call_function(set, function, args));
        }
        let builtin = Builtin::find(name)?;
        Some(self.call_builtin(builtin, args))
    }

    /// Calls a method of a value. `None` if it has none of that name.
    ///
    /// # Errors
    /// As [`Vm::call`].
    pub fn call_method(&mut self, receiver: &Value, name: &str, args: Vec<Value>) -> Option<Result<Value, Failure>> {
        let method = find_method(receiver, name.as_bytes())?;
        let arguments = args.into_iter().enumerate();
        let fit = |(index, value)| Slot::bare(fitting(value, method.signature.param(index)));
        let value = self.charge(CALL).and_then(|()| call_method(method, receiver, arguments.map(fit).collect()));
        Some(value.and_then(|value| self.handed_out(value)))
    }

    /// Pays for work that was done outside.
    ///
    /// # Errors
    /// The limit that is reached.
    pub fn charge(&mut self, steps: u64) -> Result<(), Failure> {
        Ok(self.meter.spend(steps)?)
    }

    /// Counts bytes that were made outside as output.
    ///
    /// # Errors
    /// The limit that is reached.
    pub fn produce(&mut self, bytes: usize) -> Result<(), Failure> {
        Ok(self.meter.produce(bytes)?)
    }

    pub fn left(&self) -> Left {
        Left { instructions: self.meter.instructions, output: self.meter.output }
    }

    fn call_function(&mut self, set: &Set, function: u16, args: Vec<Value>) -> Result<Value, Failure> {
        let functions = self.functions;
        let signature = functions.signature(function);
        let args = checked(signature, args)?;
        let around = |failure| calling(signature.name, failure);
        self.charge(CALL)?;
        let values: Vec<Value> = args.into_iter().map(|slot| slot.value).collect();
        let mut run = Run { set, meter: &mut self.meter };
        match functions.call(function, &mut run, &values).map_err(around)? {
            Flow::Value(value) => self.handed_out(value),
            Flow::Render(render) => {
                let mut out = Vec::new();
                let template = String::from_utf8_lossy(&render.template);
                let outcome = self.execute(&render.set, &template, render.dot, &mut out);
                (render.then)(outcome.map(|()| out.as_slice())).map_err(around)
            }
        }
    }

    fn call_builtin(&mut self, builtin: Builtin, args: Vec<Value>) -> Result<Value, Failure> {
        let signature = builtin.signature();
        let args = checked(signature, args)?;
        self.charge(CALL)?;
        let result = builtin::call(builtin, &args).map_err(|failure| calling(signature.name, failure))?;
        self.handed_out(result.value)
    }

    fn handed_out(&mut self, value: Value) -> Result<Value, Failure> {
        self.produce(weight(&value))?;
        Ok(value)
    }
}

fn checked(signature: &Signature, args: Vec<Value>) -> Result<Vec<Slot>, Failure> {
    if let Some(message) = signature.arity_error(args.len(), false) {
        return Err(Failure::text(message));
    }
    let check = |(index, value)| {
        let ty = signature.param(index);
        let mut slot = Slot::bare(fitting(value, ty));
        let name = signature.name;
        match check_type(&mut slot, ty) {
            Ok(()) => Ok(slot),
            Err(failure) => Err(Failure::text(format!("argument {} of {name}: {failure}", index + 1))),
        }
    };
    args.into_iter().enumerate().map(check).collect()
}

/// The number in the type of the parameter; any other value as it is.
fn fitting(value: Value, ty: Type) -> Value {
    let int = match &value {
        Value::Int(_, int) => Some(*int),
        Value::Uint(_, uint) => i64::try_from(*uint).ok(),
        Value::Float(float) if float.fract() == 0.0 && float.abs() < 9e15 => Some(*float as i64),
        _ => None,
    };
    match (ty, int) {
        (Type::Int, Some(int)) => Value::Int(IntKind::Int, int),
        (Type::Int64, Some(int)) => Value::int64(int),
        (Type::Float64, Some(int)) if !matches!(value, Value::Float(_)) => Value::Float(int as f64),
        _ => value,
    }
}
