//! The function table is complete: the names that a Helm v4.3.1 template can call.

use std::collections::BTreeSet;

/// Number of distinct names, counted in Helm: 206 of sprig, 27 of Helm, 18 of Go that none of them hides.
const CALLABLE: usize = 251;

#[test]
fn every_function_is_there_once() {
    let names: Vec<&str> = helmx_engine::function_names().collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), distinct.len(), "a name stands in two tables");
    let callable: BTreeSet<&str> = distinct.iter().copied().chain(helmx_template::builtin::names()).collect();
    assert_eq!(callable.len(), CALLABLE, "{callable:?}");
}

/// Functions that would let a chart see the machine that renders it.
#[test]
fn the_environment_is_out_of_reach() {
    for name in ["env", "expandenv", "readFile", "exec"] {
        assert!(!helmx_engine::function_names().any(|known| known == name), "{name} must not exist");
    }
}
