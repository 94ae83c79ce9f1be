//! The render that Jinja functions run in: they are plain functions to minijinja, and find it by their thread.

use fragile::Fragile;
use helmx_template::{Failure, Left, Set, Str, Value as GoValue, Vm};
use minijinja::Value;
use rustc_hash::FxHashMap;
use scoped_tls_hkt::scoped_thread_local;
use std::cell::RefCell;
use std::sync::Arc;

scoped_thread_local!(static SESSION: for<'s> &'s (dyn Engine + 's));

/// What Jinja needs of the engine for Go templates.
pub(super) trait Engine {
    /// Calls a function; `None` if there is none of that name.
    fn call(&self, name: &str, args: Vec<GoValue>) -> Option<Result<GoValue, Failure>>;
    /// Calls a method; `None` if the value has none of that name.
    fn call_method(&self, receiver: &GoValue, name: &str, args: Vec<GoValue>) -> Option<Result<GoValue, Failure>>;
    fn charge(&self, steps: u64) -> Result<(), Failure>;
    fn produce(&self, bytes: usize) -> Result<(), Failure>;
    fn left(&self) -> Left;
    /// The Jinja form of a text. Long ones are kept, so that reading a value twice does not copy it twice.
    fn text(&self, text: &Str) -> Value;
}

/// The render in progress.
pub(super) struct Session<'s, 'f> {
    vm: &'s RefCell<Vm<'f>>,
    set: &'s Set,
    texts: RefCell<FxHashMap<usize, (Str, Value)>>,
}

/// Texts from this length on are kept.
const LONG: usize = 256;

impl<'s, 'f> Session<'s, 'f> {
    pub(super) fn new(vm: &'s RefCell<Vm<'f>>, set: &'s Set) -> Self {
        Self { vm, set, texts: RefCell::default() }
    }

    /// Runs `render` with the session in reach of [`with`].
    pub(super) fn enter<R>(&self, render: impl FnOnce() -> R) -> R {
        SESSION.set(self, render)
    }

    fn vm<R>(&self, action: impl FnOnce(&mut Vm<'f>) -> R) -> Result<R, Failure> {
        // Functions never call back into Jinja, so nobody else holds it.
        let mut vm = self.vm.try_borrow_mut().map_err(|_| Failure::text("a function called back into the template"))?;
        Ok(action(&mut vm))
    }
}

impl Engine for Session<'_, '_> {
    fn call(&self, name: &str, args: Vec<GoValue>) -> Option<Result<GoValue, Failure>> {
        self.vm(|vm| vm.call(self.set, name, args)).unwrap_or_else(|failure| Some(Err(failure)))
    }

    fn call_method(&self, receiver: &GoValue, name: &str, args: Vec<GoValue>) -> Option<Result<GoValue, Failure>> {
        self.vm(|vm| vm.call_method(receiver, name, args)).unwrap_or_else(|failure| Some(Err(failure)))
    }

    fn charge(&self, steps: u64) -> Result<(), Failure> {
        self.vm(|vm| vm.charge(steps))?
    }

    fn produce(&self, bytes: usize) -> Result<(), Failure> {
        self.vm(|vm| vm.produce(bytes))?
    }

    fn left(&self) -> Left {
        self.vm(|vm| vm.left()).unwrap_or(Left { instructions: 0, output: 0 })
    }

    fn text(&self, text: &Str) -> Value {
        let convert = || match std::str::from_utf8(text) {
            Ok(text) => Value::from(text),
            Err(_) => Value::from_bytes(text.to_vec()),
        };
        if text.len() < LONG {
            return convert();
        }
        let key = Arc::as_ptr(text).cast::<u8>() as usize;
        let mut texts = self.texts.borrow_mut();
        // The text itself is kept too, so that no other can come to lie at its address.
        texts.entry(key).or_insert_with(|| (text.clone(), convert())).1.clone()
    }
}

/// The session of this thread.
///
/// # Errors
/// There is none: a value outlived its render.
pub(super) fn with<R>(action: impl FnOnce(&dyn Engine) -> Result<R, Failure>) -> Result<R, Failure> {
    if !SESSION.is_set() {
        return Err(Failure::text("the render is over"));
    }
    SESSION.with(|engine| action(engine))
}

/// A Go value within its thread. minijinja wants values that may travel; these never do.
#[derive(Debug)]
pub(super) struct Local(Fragile<GoValue>);

impl Local {
    pub(super) fn new(value: GoValue) -> Self {
        Self(Fragile::new(value))
    }

    pub(super) fn get(&self) -> &GoValue {
        self.0.try_get().unwrap_or(&GoValue::Nil)
    }
}
