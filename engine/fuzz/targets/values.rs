//! `--set` in all its grammars, and the merging of what comes out.
#![no_main]

use helmx_chart::{Chart, strvals, values};
use helmx_yaml::Map;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &[u8])| {
    let (first, second, file) = input;
    let mut user = Map::new();
    let _ = strvals::set(first, &mut user);
    let _ = strvals::set_string(second, &mut user);
    let _ = strvals::set_json(second, &mut user);
    let _ = strvals::set_literal(first, &mut user);
    let Ok(defaults) = values::parse_values(file) else { return };
    let chart = Chart { values: defaults, ..Chart::default() };
    let _ = values::coalesce(&chart, &user, &mut Vec::new());
    let _ = values::merge(&chart, &user, &mut Vec::new());
});
