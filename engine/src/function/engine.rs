//! Helm's own functions: templates from templates, the cluster, giving up.

use helmx_chart::Warning;
use helmx_template::{Error, Failure, Flow, Render, Run, Set, Type, Value, format};

use super::argument::Arguments;
use super::data::from_data;
use super::text::replace;
use super::{Entry, Library, Mode, engine};

const A: Type = Type::Any;
const S: Type = Type::String;

pub(super) const TABLE: &[Entry] = &[
    engine("include", &[S, A], include),
    engine("tpl", &[S, A], tpl),
    engine("required", &[S, A], required),
    engine("fail", &[S], fail),
    engine("lookup", &[S, S, S, S], lookup),
    engine("getHostByName", &[S], |_, _, _| Ok(Value::string("").into())),
];

/// Inclusions of one template inside itself (Helm's `recursionMaxNums`).
const RECURSION: u32 = 1000;

/// Names and texts that `tpl` remembers.
const REMEMBERED: usize = 4096;

/// `include name data`: the template's output as a string.
fn include(library: &Library<'_>, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let name = args.shared_text(0);
    let count = library.included.borrow_mut().entry(name.clone()).or_default().clone();
    if count.get() > RECURSION {
        let name = String::from_utf8_lossy(&name);
        let message = format!("rendering template has a nested reference name: {name}: unable to execute template");
        return Err(Failure::text(message));
    }
    count.set(count.get() + 1);
    let then = Box::new(move |result: Result<&[u8], Error>| {
        count.set(count.get() - 1);
        result.map(|output| Value::String(output.into())).map_err(Failure::Template)
    });
    Ok(Flow::Render(Render { set: run.set().clone(), template: name, dot: args.any(1).clone(), then }))
}

/// `tpl text data`: parses the text on top of everything that is defined, and runs it.
fn tpl(library: &Library<'_>, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let source = args.text(0);
    run.charge(source.len() as u64 / 16)?;
    if memchr::memmem::find(source, b"{{").is_none() {
        return Ok(printed(source).into());
    }
    let quoted = format::quoted(source);
    let set = parse(library, run.set(), source)
        .map_err(|error| Failure::Template(error).wrap(format!("cannot parse template {quoted}: ")))?;
    let template = set.root().as_bytes().into();
    let then = Box::new(move |result: Result<&[u8], Error>| match result {
        Ok(output) => Ok(printed(output)),
        Err(error) => Err(Failure::Template(error).wrap(format!("error during tpl function execution for {quoted}: "))),
    });
    Ok(Flow::Render(Render { set, template, dot: args.any(1).clone(), then }))
}

/// Charts run the same few texts again and again.
fn parse(library: &Library<'_>, below: &Set, source: &[u8]) -> Result<Set, Error> {
    let known = library
        .parsed
        .borrow()
        .get(source)
        .and_then(|sets| sets.iter().find(|(known, _)| known.same(below)).map(|(_, set)| set.clone()));
    if let Some(set) = known {
        return Ok(set);
    }
    let mut set = below.layer();
    let root = set.root().to_owned();
    set.parse(&root, source, library)?;
    let mut parsed = library.parsed.borrow_mut();
    if parsed.len() >= REMEMBERED {
        parsed.clear();
    }
    parsed.entry(source.into()).or_default().push((below.clone(), set.clone()));
    Ok(set)
}

fn printed(text: &[u8]) -> Value {
    without_no_value(text).map_or_else(|| Value::String(text.into()), Value::from)
}

/// Helm deletes what Go prints for nothing, wherever it stands. `None` if it stands nowhere.
pub(crate) fn without_no_value(text: &[u8]) -> Option<Vec<u8>> {
    const NO_VALUE: &[u8] = b"<no value>";
    memchr::memmem::find(text, NO_VALUE).map(|_| replace(text, NO_VALUE, b""))
}

/// `required message value`: the value, unless it is nil or the empty string.
fn required(library: &Library<'_>, _: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let value = args.any(1);
    let missing = match value {
        Value::Nil => "missing required value",
        Value::String(text) if text.is_empty() => "missing required values",
        _ => return Ok(value.clone().into()),
    };
    match library.mode {
        Mode::Lint => {
            library.host.log(Warning::warn(missing, &[("message", &args.str(0))]));
            Ok(Value::string("").into())
        }
        Mode::Render => Err(Failure::Abort(args.str(0).into_owned())),
    }
}

fn fail(library: &Library<'_>, _: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    match library.mode {
        Mode::Lint => {
            library.host.log(Warning::info("funcMap fail", &[("message", &args.str(0))]));
            Ok(Value::string("").into())
        }
        Mode::Render => Err(Failure::Abort(args.str(0).into_owned())),
    }
}

/// `lookup apiVersion kind namespace name`
fn lookup(library: &Library<'_>, _: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let found = library.host.lookup(&args.str(0), &args.str(1), &args.str(2), &args.str(3))?;
    Ok(from_data(&found).into())
}
