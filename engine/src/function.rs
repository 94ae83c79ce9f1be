//! The functions that charts call: one table, and how a call reaches its function.

mod argument;
mod compare;
mod convert;
mod crypto;
mod data;
mod date;
mod dict;
mod duration;
mod encode;
mod engine;
mod flow;
mod json;
mod kind;
mod list;
mod network;
mod number;
mod path;
mod random;
mod regex;
mod string_list;
mod text;
mod toml;
mod version;
mod yaml;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::LazyLock;

use helmx_template::{Failure, Flow, Functions, Run, Set, Signature, Str, TOO_LATE, Type, Value};
use rustc_hash::FxHashMap;

pub(crate) use compare::compare_deep;
use crypto::Keys;
pub(crate) use data::from_data;
pub(crate) use engine::without_no_value;
pub(crate) use path::base;
use version::Constraints;
pub(crate) use yaml::to_yaml;

use crate::host::Host;

/// What a function answers.
type Answer = Result<Value, Failure>;

/// One function: its name and parameters, and its code.
struct Entry {
    signature: Signature,
    body: Body,
}

enum Body {
    /// Depends on its arguments alone.
    Plain(fn(&[Value]) -> Answer),
    /// Needs the run, the clock, randomness or the cluster.
    Engine(fn(&Library<'_>, &mut Run<'_>, &[Value]) -> Result<Flow, Failure>),
}

const fn plain(name: &'static str, params: &'static [Type], body: fn(&[Value]) -> Answer) -> Entry {
    Entry { signature: Signature { name, params, variadic: false }, body: Body::Plain(body) }
}

/// The last parameter takes any number of arguments.
const fn variadic(name: &'static str, params: &'static [Type], body: fn(&[Value]) -> Answer) -> Entry {
    Entry { signature: Signature { name, params, variadic: true }, body: Body::Plain(body) }
}

const fn engine(
    name: &'static str,
    params: &'static [Type],
    body: fn(&Library<'_>, &mut Run<'_>, &[Value]) -> Result<Flow, Failure>,
) -> Entry {
    Entry { signature: Signature { name, params, variadic: false }, body: Body::Engine(body) }
}

/// The last parameter takes any number of arguments.
const fn variadic_engine(
    name: &'static str,
    params: &'static [Type],
    body: fn(&Library<'_>, &mut Run<'_>, &[Value]) -> Result<Flow, Failure>,
) -> Entry {
    Entry { signature: Signature { name, params, variadic: true }, body: Body::Engine(body) }
}

/// All tables; a name stands in exactly one of them.
const TABLES: &[&[Entry]] = &[
    text::TABLE,
    string_list::TABLE,
    regex::TABLE,
    number::TABLE,
    list::TABLE,
    dict::TABLE,
    flow::TABLE,
    kind::TABLE,
    encode::TABLE,
    json::TABLE,
    yaml::TABLE,
    path::TABLE,
    version::TABLE,
    engine::TABLE,
    date::TABLE,
    crypto::TABLE,
    random::TABLE,
    network::TABLE,
    toml::TABLE,
    duration::TABLE,
];

static ENTRIES: LazyLock<Vec<&'static Entry>> =
    LazyLock::new(|| TABLES.iter().flat_map(|table| table.iter()).collect());

static NAMES: LazyLock<FxHashMap<&'static str, u16>> =
    LazyLock::new(|| ENTRIES.iter().zip(0..).map(|(entry, number)| (entry.signature.name, number)).collect());

/// Names of all functions, Go's built-in ones aside.
pub fn names() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|entry| entry.signature.name)
}

/// Whether `required` and `fail` end a render.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    #[default]
    Render,
    /// They yield nothing, so that everything else is looked at too.
    Lint,
}

/// The functions of one render, with what they remember during it.
pub(crate) struct Library<'h> {
    host: &'h dyn Host,
    mode: Mode,
    /// How often each template is being included right now.
    included: RefCell<FxHashMap<Str, Rc<Cell<u32>>>>,
    /// Texts that `tpl` parsed: the set below and the set that came of it.
    parsed: RefCell<FxHashMap<Str, Vec<(Set, Set)>>>,
    keys: Keys,
    constraints: Constraints,
}

impl<'h> Library<'h> {
    pub(crate) fn new(host: &'h dyn Host, mode: Mode) -> Self {
        Self {
            host,
            mode,
            included: RefCell::default(),
            parsed: RefCell::default(),
            keys: Keys::default(),
            constraints: Constraints::default(),
        }
    }

    /// Pays for a function that takes tens of milliseconds and more: too long to go unnoticed between instructions.
    fn charge(&self, run: &mut Run<'_>, steps: u64) -> Result<(), Failure> {
        if self.host.is_over() {
            return Err(Failure::text(TOO_LATE));
        }
        run.charge(steps)
    }
}

/// The functions as parsing needs them, by name and parameters: for any thread, and without a host.
pub(crate) struct Declared;

impl Functions for Declared {
    fn find(&self, name: &str) -> Option<u16> {
        NAMES.get(name).copied()
    }

    fn signature(&self, function: u16) -> &Signature {
        ENTRIES
            .get(function as usize)
            .map_or(&Signature { name: "", params: &[], variadic: false }, |entry| &entry.signature)
    }

    fn call(&self, _: u16, _: &mut Run<'_>, _: &[Value]) -> Result<Flow, Failure> {
        Err(Failure::text("nothing runs while templates are parsed"))
    }
}

impl Functions for Library<'_> {
    fn find(&self, name: &str) -> Option<u16> {
        Declared.find(name)
    }

    fn signature(&self, function: u16) -> &Signature {
        Declared.signature(function)
    }

    fn call(&self, function: u16, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
        match ENTRIES.get(function as usize).map(|entry| &entry.body) {
            Some(Body::Plain(body)) => body(args).map(Flow::Value),
            Some(Body::Engine(body)) => body(self, run, args),
            None => Err(Failure::text("no such function")),
        }
    }

    fn is_over(&self) -> bool {
        self.host.is_over()
    }
}
