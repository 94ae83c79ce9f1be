//! Chart archives: any bytes end in a chart or an error.
#![no_main]

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = helmx_chart::archive::load(bytes);
    // As the content of an intact gzip stream: a mutation would otherwise hardly ever come past its check sum.
    let mut zipped = GzEncoder::new(Vec::new(), Compression::none());
    if zipped.write_all(bytes).is_err() {
        return;
    }
    let Ok(zipped) = zipped.finish() else { return };
    if let Ok(chart) = helmx_chart::archive::load(&zipped) {
        let _ = chart.crds();
    }
});
