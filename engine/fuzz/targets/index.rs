//! Repository indexes, strict and tolerant.
#![no_main]

use helmx_chart::index::Index;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let strict = Index::parse(bytes);
    let tolerant = Index::parse_tolerant(bytes);
    assert!(strict.is_err() || tolerant.is_ok(), "tolerance refused what strictness takes");
    if let Ok(index) = tolerant {
        for chart in index.entries.keys() {
            let _ = index.get(chart, "");
            let _ = index.get(chart, ">0.0.0-0");
        }
    }
});
