//! The root objects that templates see: one for each chart, linked like the charts.

mod capabilities;
mod files;
mod metadata;
mod record;
mod values;

use std::rc::Rc;
use std::sync::Arc;

use helmx_chart::Chart;
use helmx_chart::language::Language;
use helmx_template::{Map, Str, Value};

use crate::error::Error;
use crate::function::from_data;
use crate::jinja::of_chart;
use crate::render::{Input, Operation};
use values::VALUES;

/// One template with the root object of its chart.
pub(crate) struct Template<'c> {
    /// Path from the root chart: `root/charts/sub/templates/x.yaml`.
    pub(crate) name: String,
    pub(crate) source: &'c Arc<[u8]>,
    pub(crate) language: Language,
    base_path: Arc<str>,
    scope: Rc<Map>,
}

impl Template<'_> {
    /// Puts `.Template` into the chart's root object. It stays there until the next template of the chart.
    pub(crate) fn announce(&self) {
        let entries = [("Name", Value::from(self.name.as_str())), ("BasePath", Value::from(&*self.base_path))];
        self.scope.set_fresh(
            key("Template"),
            Value::Map(Rc::new(Map::new(&VALUES, entries.map(|(name, value)| (key(name), value))))),
        );
    }

    /// The chart's folder of templates: `.Template.BasePath`.
    pub(crate) fn base_path(&self) -> &str {
        &self.base_path
    }

    pub(crate) fn dot(&self) -> Value {
        Value::Map(Rc::new(self.scope.retyped(&VALUES)))
    }
}

/// Root objects of the chart and its sub-charts, with their templates.
///
/// # Errors
/// A chart asks for a template language that is not there.
pub(crate) fn root<'c>(input: &Input<'c>) -> Result<Vec<Template<'c>>, Error> {
    let entry = |(name, data): (&String, &helmx_yaml::Data)| (Str::from(name.as_bytes()), from_data(data));
    with_root(input.chart, &top(input, Value::map(input.values.iter().map(entry))))
}

/// What Helm hands to the engine: `Release`, `Capabilities` and `Values`.
pub(crate) fn top(input: &Input<'_>, values: Value) -> Value {
    let release = input.release;
    let release = [
        ("Name", Value::from(release.name.as_str())),
        ("Namespace", Value::from(release.namespace.as_str())),
        ("Revision", Value::int(release.revision)),
        ("IsInstall", Value::Bool(release.operation == Operation::Install)),
        ("IsUpgrade", Value::Bool(release.operation == Operation::Upgrade)),
        ("Service", Value::from("Helm")),
    ];
    Value::map([
        (key("Release"), Value::map(release.map(|(name, value)| (key(name), value)))),
        (key("Capabilities"), capabilities::object(input.capabilities)),
        (key("Values"), values),
    ])
}

/// As [`root`], from an object with `Release`, `Capabilities` and `Values`.
///
/// # Errors
/// As [`root`].
pub(crate) fn with_root<'c>(chart: &'c Chart, top: &Value) -> Result<Vec<Template<'c>>, Error> {
    let mut templates = Vec::new();
    if let Value::Map(top) = top {
        let values = top.get(b"Values").unwrap_or_default();
        let values = match values {
            Value::Map(values) => Value::Map(Rc::new(values.retyped(&VALUES))),
            other => other,
        };
        let place = Place { path: chart.name().to_owned(), is_root: true };
        add_chart(chart, top, values, &place, &mut templates)?;
    }
    Ok(templates)
}

/// Where a chart stands in the tree.
struct Place {
    path: String,
    is_root: bool,
}

fn add_chart<'c>(
    chart: &'c Chart,
    parent: &Map,
    values: Value,
    place: &Place,
    templates: &mut Vec<Template<'c>>,
) -> Result<Rc<Map>, Error> {
    let language =
        of_chart(&chart.metadata).map_err(|cause| Error::new(&format!("{}/Chart.yaml", place.path), cause))?;
    let subcharts = Map::any_ref();
    let scope = Rc::new(Map::new(
        &helmx_template::MapType::ANY,
        [
            (key("Chart"), metadata::object(&chart.metadata, place.is_root)),
            (key("Files"), files::object(&chart.files)),
            (key("Release"), parent.get(b"Release").unwrap_or_default()),
            (key("Capabilities"), parent.get(b"Capabilities").unwrap_or_default()),
            (key("Values"), values),
            (key("Subcharts"), Value::Map(subcharts.clone())),
        ],
    ));
    for child in &chart.dependencies {
        let own = child_values(&scope, child.name());
        let place = Place { path: format!("{}/charts/{}", place.path, child.name()), is_root: false };
        let child_scope = add_chart(child, &scope, own, &place, templates)?;
        subcharts.set_fresh(key(child.name()), Value::Map(child_scope));
    }
    let base_path: Arc<str> = format!("{}/templates", place.path).into();
    for file in &chart.templates {
        // A library chart only lends its partials.
        if chart.is_library() && !crate::function::base(file.name.as_bytes()).starts_with(b"_") {
            continue;
        }
        templates.push(Template {
            name: format!("{}/{}", place.path, file.name),
            source: file.data.shared(),
            language: language(&file.name),
            base_path: base_path.clone(),
            scope: scope.clone(),
        });
    }
    Ok(scope)
}

/// The table under the sub-chart's name, shared with the parent. The name is a dotted path to Helm, so a name
/// with a dot in it leads nowhere.
fn child_values(scope: &Map, name: &str) -> Value {
    let mut table = scope.get(b"Values");
    for part in name.split('.') {
        table = match table {
            Some(Value::Map(map)) => map.get(part.as_bytes()),
            _ => None,
        };
    }
    match table {
        Some(Value::Map(map)) => Value::Map(Rc::new(map.retyped(&VALUES))),
        _ => Value::Map(Rc::new(Map::new(&VALUES, []))),
    }
}

fn key(name: &str) -> Str {
    Str::from(name.as_bytes())
}
