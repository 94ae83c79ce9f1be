//! Jinja files: any text ends in a text or an error, within small limits, beside templates of Go.
#![no_main]

use helmx_chart::{Capabilities, Chart, File};
use helmx_engine::{Input, Limits, MissingKey, Mode, Operation, ReleaseInfo, render};
use helmx_yaml::{Data, Map};
use libfuzzer_sys::fuzz_target;

#[path = "host.rs"]
mod host;

use host::{Fixed, is_slow};

fuzz_target!(|text: &str| {
    if is_slow(text) {
        return;
    }
    let mut chart = Chart::default();
    chart.metadata.name = "c".to_owned();
    chart.metadata.annotations.insert("helmx.dev/templates".to_owned(), "jinja".to_owned());
    chart.templates = vec![
        File::new("templates/_m.j2", b"{% macro m(x) %}{{ x }}{% endmacro %}".as_slice()),
        File::new("templates/_h.tpl", br#"{{ define "h" }}{{ .Values }}{{ end }}"#.as_slice()),
        File::new("templates/t.j2", text.as_bytes()),
    ];
    let values = Map::from_iter([("a".to_owned(), Data::List(vec![Data::Int(1), Data::String("b".to_owned())]))]);
    let release =
        ReleaseInfo { name: "r".to_owned(), namespace: "n".to_owned(), revision: 1, operation: Operation::Install };
    let _ = render(&Input {
        chart: &chart,
        values: &values,
        release: &release,
        capabilities: &Capabilities::default(),
        host: &Fixed,
        limits: Limits { instructions: 200_000, output: 4 << 20, ..Limits::default() },
        mode: Mode::Render,
        missing_key: MissingKey::Zero,
    });
});
