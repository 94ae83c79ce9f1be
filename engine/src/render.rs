//! A chart's templates in Helm's order: parse all, execute those that are no partials.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use helmx_chart::language::Language;
use helmx_chart::manifest::Text;
use helmx_chart::{Capabilities, Chart};
use helmx_template::{Failure, Limits, MissingKey, Phase, Set, Value, Vm};
use helmx_yaml::Map;

use crate::error::Error;
use crate::function::{Library, Mode, base, without_no_value};
use crate::host::Host;
use crate::jinja::{Jinja, rendered_name};
use crate::parsed::ParsedTemplates;
use crate::scope::{self, Template};

/// Root of the template set: the name that messages about missing templates mention.
const ROOT: &str = "gotpl";

/// What a release is called, and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseInfo {
    pub name: String,
    pub namespace: String,
    pub revision: i64,
    pub operation: Operation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Install,
    Upgrade,
    /// A lint is neither.
    Lint,
}

/// Everything that a render depends on.
pub struct Input<'i> {
    /// With dependencies processed ([`helmx_chart::dependency::process`]).
    pub chart: &'i Chart,
    /// Coalesced with the chart's defaults ([`helmx_chart::values::for_render`]).
    pub values: &'i Map,
    pub release: &'i ReleaseInfo,
    pub capabilities: &'i Capabilities,
    pub host: &'i dyn Host,
    pub limits: Limits,
    pub mode: Mode,
    /// Whether a missing key is an error. Helm's command line never asks for that.
    pub missing_key: MissingKey,
}

/// Rendered text by the template's full path, such as `web/templates/service.yaml`.
pub type Rendered = BTreeMap<String, Text>;

/// Renders all templates of a chart and its sub-charts.
///
/// # Errors
/// The first template that does not parse or execute, or the limit that was reached.
pub fn render(input: &Input<'_>) -> Result<Rendered, Error> {
    render_parsed(input, &ParsedTemplates::new())
}

/// As [`render`], with templates that earlier renders of the chart parsed.
///
/// # Errors
/// As [`render`].
pub fn render_parsed(input: &Input<'_>, parsed: &ParsedTemplates) -> Result<Rendered, Error> {
    render_scope(input, scope::root(input)?, parsed, &mut |_, _| {})
}

/// The same; `done` is told of each file when it is rendered.
pub(crate) fn render_telling(
    input: &Input<'_>,
    parsed: &ParsedTemplates,
    done: &mut Done<'_>,
) -> Result<Rendered, Error> {
    render_scope(input, scope::root(input)?, parsed, done)
}

type Done<'d> = dyn FnMut(&str, &Text) + 'd;

/// Renders with a root object of the caller's making, as Helm's SDK allows.
///
/// # Errors
/// As [`render`].
pub fn render_with(input: &Input<'_>, root: &Value) -> Result<Rendered, Error> {
    render_scope(input, scope::with_root(input.chart, root)?, &ParsedTemplates::new(), &mut |_, _| {})
}

/// The root object of a render with other values, taken as they are: for [`render_with`].
pub fn root_with_values(input: &Input<'_>, values: Value) -> Value {
    scope::top(input, values)
}

fn render_scope(
    input: &Input<'_>,
    mut templates: Vec<Template<'_>>,
    parsed: &ParsedTemplates,
    done: &mut Done<'_>,
) -> Result<Rendered, Error> {
    // Helm parses and executes deep paths first, and names in descending order.
    templates.sort_by_cached_key(|template| Reverse((template.name.matches('/').count(), template.name.clone())));
    parsed.prepare(|| in_order_of_need(&templates));
    let mut promised = Vec::new();
    let result = execute_all(input, &templates, parsed, &mut promised, done);
    // Helm parses everything before it executes anything, so what does not parse comes first.
    for template in promised {
        parsed.unit(&template.name, template.source).map_err(|cause| Error::new(&template.name, cause))?;
    }
    result
}

/// Go's templates. Those of Jinja are prepared apart.
fn go<'t, 'c>(templates: &'t [Template<'c>]) -> impl Iterator<Item = &'t Template<'c>> {
    templates.iter().filter(|template| template.language == Language::Go)
}

/// What defines templates is needed before anything is executed.
fn in_order_of_need<'t>(templates: &'t [Template<'_>]) -> impl Iterator<Item = (&'t str, &'t Arc<[u8]>)> {
    let (first, later): (Vec<_>, Vec<_>) = go(templates).partition(|template| may_define(template.source));
    first.into_iter().chain(later).map(|template| (template.name.as_str(), template.source))
}

/// `promised` gets the templates that are parsed when they are needed, in Helm's order.
fn execute_all<'t, 'c>(
    input: &Input<'_>,
    templates: &'t [Template<'c>],
    parsed: &ParsedTemplates,
    promised: &mut Vec<&'t Template<'c>>,
    done: &mut Done<'_>,
) -> Result<Rendered, Error> {
    let library = Library::new(input.host, input.mode);
    let mut set = Set::new(ROOT);
    // A lint logs what templates miss; nothing is logged of a chart that does not parse.
    let may_wait = input.mode != Mode::Lint;
    for template in go(templates) {
        let (name, text) = (template.name.as_str(), template.source);
        match parsed.known(name, text) {
            Some(unit) => set.add(&unit),
            None if may_wait && !may_define(text) && set.promise(name, || parsed.later(name, text)) => {
                promised.push(template);
            }
            None => set.add(&parsed.unit(name, text).map_err(|cause| Error::new(name, cause))?),
        }
    }
    let mut jinja = Jinja::parse(templates)?;
    let vm = RefCell::new(Vm::new(&library, input.missing_key, input.limits));
    let mut rendered = Rendered::new();
    for template in templates {
        if base(template.name.as_bytes()).starts_with(b"_") {
            continue;
        }
        template.announce();
        let text = match (template.language, &mut jinja) {
            (Language::Jinja, Some(jinja)) => jinja.render(template, &vm, &set).map(Text::from),
            (Language::Go | Language::Jinja, _) => execute_go(template, &vm, &set),
        };
        let text = text.map_err(|cause| Error::new(&template.name, cause))?;
        let name = rendered_name(&template.name);
        done(name, &text);
        if rendered.insert(name.to_owned(), text).is_some() && jinja.is_some() {
            return Err(Error::new(&template.name, twice(base(name.as_bytes()))));
        }
    }
    Ok(rendered)
}

/// Whether a text may define templates beside itself: an action in it begins with `define` or `block`.
fn may_define(text: &[u8]) -> bool {
    memchr::memmem::find_iter(text, b"{{").any(|at| {
        let action = text.get(at + 2..).unwrap_or_default();
        let action = action.strip_prefix(b"-").unwrap_or(action).trim_ascii_start();
        action.starts_with(b"define") || action.starts_with(b"block")
    })
}

/// Notes can be written in both languages, but only once.
fn twice(name: &[u8]) -> helmx_template::Error {
    let message = format!("the chart has {} twice", String::from_utf8_lossy(name));
    helmx_template::Error::foreign(Phase::Parse, None, String::new(), Failure::Text(message))
}

fn execute_go(template: &Template<'_>, vm: &RefCell<Vm<'_>>, set: &Set) -> Result<Text, helmx_template::Error> {
    let mut out = Vec::new();
    vm.borrow_mut().execute(set, &template.name, template.dot(), &mut out)?;
    Ok(without_no_value(&out).unwrap_or(out).into())
}

/// Executes `entry` of a few templates with the whole function map, outside any chart.
///
/// # Errors
/// Go's message for what does not parse or execute.
pub fn execute(
    templates: &[(&str, &str)],
    entry: &str,
    dot: Value,
    missing_key: MissingKey,
    host: &dyn Host,
) -> Result<Vec<u8>, helmx_template::Error> {
    let library = Library::new(host, Mode::Render);
    let mut set = Set::new(ROOT);
    for (name, source) in templates {
        set.parse(name, source.as_bytes(), &library)?;
    }
    let mut out = Vec::new();
    Vm::new(&library, missing_key, Limits::default()).execute(&set, entry, dot, &mut out)?;
    Ok(out)
}
