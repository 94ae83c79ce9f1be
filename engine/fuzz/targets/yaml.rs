//! YAML: reading never crashes, and what was read is written so that it reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let _ = helmx_yaml::decode_strict(text);
    let Ok(data) = helmx_yaml::decode_exact(text) else { return };
    let _ = helmx_yaml::encode_pretty(&helmx_yaml::Pretty::from(&data));
    if let Ok(written) = helmx_yaml::encode(&data) {
        // Go writes the key `<<` without quotes, too, and so reads a merge where there was none; and U+0085 as a space.
        if written.contains("<<") || format!("{data:?}").contains("\\u{85}") {
            return;
        }
        let read = helmx_yaml::decode_exact(written.as_bytes());
        // Whole floats are written as integers, as Go writes them.
        let wanted = data.clone().with_float_numbers();
        let same = read.as_ref().is_ok_and(|read| read.clone().with_float_numbers() == wanted);
        assert!(same, "{written:?} reads as {read:?}, not as {data:?}");
    }
});
