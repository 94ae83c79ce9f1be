//! Semantic versions: `semver` and `semverCompare`.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use helmx_chart::semver::{Constraint, Version};
use helmx_template::{Failure, Flow, Kind, Method, Object, Run, Type, Value};
use rustc_hash::FxHashMap;

use super::argument::Arguments;
use super::convert::object;
use super::{Answer, Entry, Library, engine, plain};

const S: Type = Type::String;

pub(super) const TABLE: &[Entry] = &[
    plain("semver", &[S], |args| Ok(Value::object(Semver(parse(&args.str(0))?)))),
    engine("semverCompare", &[S, S], compare),
];

/// Masterminds' `*semver.Version`.
struct Semver(Version);

fn parse(source: &str) -> Result<Version, Failure> {
    Version::parse(source).map_err(|error| Failure::text(error.to_string()))
}

/// Constraints of one render that are kept: charts ask the same few again and again.
const KEPT: usize = 64;

/// What `semverCompare` has read.
#[derive(Default)]
pub(super) struct Constraints(RefCell<FxHashMap<String, Rc<Constraint>>>);

impl Constraints {
    fn get(&self, text: &str) -> Result<Rc<Constraint>, Failure> {
        if let Some(known) = self.0.borrow().get(text) {
            return Ok(known.clone());
        }
        let constraint = Constraint::parse(text).map_err(|error| Failure::text(error.to_string()))?;
        let constraint = Rc::new(constraint);
        let mut kept = self.0.borrow_mut();
        if kept.len() < KEPT {
            kept.insert(text.to_owned(), constraint.clone());
        }
        Ok(constraint)
    }
}

fn compare(library: &Library<'_>, _: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let constraint = library.constraints.get(&args.str(0))?;
    Ok(Value::Bool(constraint.check(&parse(&args.str(1))?)).into())
}

impl Object for Semver {
    fn type_name(&self) -> &'static str {
        TYPE
    }

    fn kind(&self) -> Kind {
        Kind::Pointer
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let version = &self.0;
        let number = |number| Value::Uint(helmx_template::UintKind::Uint64, number);
        vec![
            ("major", number(version.major)),
            ("minor", number(version.minor)),
            ("patch", number(version.patch)),
            ("pre", Value::from(version.prerelease.as_str())),
            ("metadata", Value::from(version.metadata.as_str())),
            ("original", Value::from(version.original())),
        ]
    }

    /// It marshals itself as text.
    fn json_fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    fn methods(&self) -> &'static [Method] {
        METHODS
    }

    fn text(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

const TYPE: &str = "*semver.Version";
const OTHER: &[Type] = &[Type::Named(TYPE)];

const METHODS: &[Method] = &[
    Method::new("Major", &[], |this, _| number(this, |version| version.major)),
    Method::new("Minor", &[], |this, _| number(this, |version| version.minor)),
    Method::new("Patch", &[], |this, _| number(this, |version| version.patch)),
    Method::new("Prerelease", &[], |this, _| Ok(Value::from(version(this)?.prerelease.as_str()))),
    Method::new("Metadata", &[], |this, _| Ok(Value::from(version(this)?.metadata.as_str()))),
    Method::new("Original", &[], |this, _| Ok(Value::from(version(this)?.original()))),
    Method::new("String", &[], |this, _| Ok(Value::from(version(this)?.to_string()))),
    Method::new("Compare", OTHER, |this, args| Ok(Value::int(order(this, args)? as i64))),
    Method::new("LessThan", OTHER, |this, args| Ok(Value::Bool(order(this, args)?.is_lt()))),
    Method::new("LessThanEqual", OTHER, |this, args| Ok(Value::Bool(order(this, args)?.is_le()))),
    Method::new("GreaterThan", OTHER, |this, args| Ok(Value::Bool(order(this, args)?.is_gt()))),
    Method::new("GreaterThanEqual", OTHER, |this, args| Ok(Value::Bool(order(this, args)?.is_ge()))),
    Method::new("Equal", OTHER, |this, args| Ok(Value::Bool(!args.any(0).is_nil() && order(this, args)?.is_eq()))),
    Method::new("IncMajor", &[], |this, _| increment(this, helmx_chart::semver::Part::Major)),
    Method::new("IncMinor", &[], |this, _| increment(this, helmx_chart::semver::Part::Minor)),
    Method::new("IncPatch", &[], |this, _| increment(this, helmx_chart::semver::Part::Patch)),
];

fn version(value: &Value) -> Result<&Version, Failure> {
    object::<Semver>(value).map(|semver| &semver.0).ok_or_else(|| Failure::text("not a version"))
}

fn number(value: &Value, part: fn(&Version) -> u64) -> Answer {
    Ok(Value::Uint(helmx_template::UintKind::Uint64, part(version(value)?)))
}

fn order(this: &Value, args: &[Value]) -> Result<std::cmp::Ordering, Failure> {
    if args.any(0).is_nil() {
        return Err(Failure::text("runtime error: invalid memory address or nil pointer dereference"));
    }
    Ok(version(this)?.compare(version(args.any(0))?))
}

fn increment(this: &Value, part: helmx_chart::semver::Part) -> Answer {
    Ok(Value::object(Semver(version(this)?.increment(part))))
}
