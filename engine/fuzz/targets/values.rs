//! `--set` in all its grammars, and how values, sub-charts and imports come together.
#![no_main]

use helmx_chart::metadata::Dependency;
use helmx_chart::{Chart, dependency, strvals, values};
use helmx_yaml::{Data, Map};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &[u8], Vec<(u8, String, String)>)| {
    let (first, second, file, imports) = input;
    let mut user = Map::new();
    let _ = strvals::set(first, &mut user);
    let _ = strvals::set_string(second, &mut user);
    let _ = strvals::set_json(second, &mut user);
    let _ = strvals::set_literal(first, &mut user);
    let Ok(defaults) = values::parse_values(file) else { return };
    let mut chart = tree(&defaults, &imports);
    let _ = dependency::process(&mut chart, &user, &mut Vec::new());
    let _ = values::coalesce(&chart, &user, &mut Vec::new());
    let _ = values::merge(&chart, &user, &mut Vec::new());
});

/// A chart with two sub-charts and one below them, all with the same defaults, and imports from any of them.
fn tree(defaults: &Map, imports: &[(u8, String, String)]) -> Chart {
    let named = |name: &str, dependencies: Vec<Chart>| {
        let mut chart = Chart { values: defaults.clone(), dependencies, ..Chart::default() };
        (chart.metadata.name, chart.metadata.version) = (name.to_owned(), "1.0.0".to_owned());
        let entries = chart.dependencies.iter().zip(0u8..).map(|(sub, number)| {
            let own = imports.iter().filter(|(from, ..)| from % 2 == number);
            let text = |text: &str| Data::String(text.to_owned());
            let import = |(_, child, parent): &(u8, String, String)| match parent.as_str() {
                "" => text(child),
                parent => [("child".to_owned(), text(child)), ("parent".to_owned(), text(parent))].into_iter().collect(),
            };
            Dependency {
                name: sub.metadata.name.clone(),
                version: "*".to_owned(),
                condition: imports.first().map_or(String::new(), |(_, path, _)| path.clone()),
                import_values: own.map(import).collect(),
                ..Dependency::default()
            }
        });
        chart.metadata.dependencies = Some(entries.collect());
        chart
    };
    named("top", vec![named("a", vec![named("a", vec![])]), named("b", vec![])])
}
