//! Chart archives: any bytes end in a chart or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(chart) = helmx_chart::archive::load(bytes) {
        let _ = chart.crds();
    }
});
