//! Release records: what can be read can be written, and reads the same.
#![no_main]

use helmx_chart::release::{Release, decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = decode(bytes);
    let Ok(release) = Release::from_json(bytes) else { return };
    let Ok(payload) = encode(&release) else { return };
    let again = decode(payload.as_bytes());
    assert!(again.as_ref().is_ok_and(|again| again.manifest == release.manifest && again.version == release.version), "{again:?}");
});
