//! values.schema.json and values against it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &[u8])| {
    let (schema, values) = input;
    if let Ok(values) = helmx_chart::values::parse_values(values) {
        let _ = helmx_chart::schema::validate(schema, &values);
    }
});
