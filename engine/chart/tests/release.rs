//! Release records: those of Helm's own tests read and write back byte for byte, and damaged ones are refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::type_complexity, reason = "a table of cases")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use helmx_chart::release::{CodecError, Release, Status, decode, encode};
use serde_json::Value;

/// The records of `helm-golden/cases.json`, in storage JSON form.
fn records() -> Vec<(String, String)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/helm-golden/cases.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let releases = file["releases"].as_object().unwrap();
    releases.iter().map(|(name, record)| (name.clone(), record.to_string())).collect()
}

#[test]
fn records_read_and_write_back() {
    let records = records();
    for (name, record) in &records {
        let release = Release::from_json(record.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let read_back = decode(encode(&release).unwrap().as_bytes()).unwrap();
        assert_eq!(read_back, release, "{name}");
        // Key order aside, which the sorted map of this test loses; `labels` is not part of the stored form.
        let mut wanted: Value = serde_json::from_str(record).unwrap();
        wanted.as_object_mut().unwrap().remove("labels");
        let written: Value = serde_json::from_str(&release.to_json().unwrap()).unwrap();
        assert_eq!(written, wanted, "{name}");
    }
    assert!(records.len() > 60);
}

/// What Helm v4.3.1 prints for `helm install --dry-run=client -o json`, times and chart shortened.
const HELM_4: &str = r#"{"name":"r","info":{"first_deployed":"2026-11-24T15:28:39.461406247Z","last_deployed":"2026-11-24T15:28:39.461406247+01:00","description":"Dry run complete \u003c\u003e","status":"pending-install","rollback_revision":2,"notes":"hi"},"chart":{"metadata":{"name":"a","version":"1.0.0","apiVersion":"v2","dependencies":[{"name":"s","version":"1.x","repository":"","enabled":true,"import-values":[{"child":"exports.a","parent":"."}]}]},"lock":null,"templates":[{"name":"templates/NOTES.txt","data":"aGk=","modtime":"2026-11-24T15:28:39.412145752Z"}],"values":{"a":"\u003cx\u003e","b":null,"c":1,"d":1e+30},"schema":"e30=","schemamodtime":"2026-11-24T15:28:39.412145752Z","files":null,"modtime":"2026-11-24T15:28:39Z"},"config":{"q":1,"z":"\u003cb\u003e\u0026"},"manifest":"---\n","hooks":[{"name":"x","kind":"Job","path":"a/templates/h.yaml","manifest":"apiVersion: v1\n","events":["pre-install","test"],"last_run":{"phase":""},"weight":3,"delete_policies":["hook-succeeded"]}],"version":1,"namespace":"default","apply_method":"ssa"}"#;

#[test]
fn bytes_are_those_of_go() {
    let release = Release::from_json(HELM_4.as_bytes()).unwrap();
    assert_eq!(release.to_json().unwrap(), HELM_4);
    assert_eq!(release.object_name(), "sh.helm.release.v1.r.v1");
    assert!(release.info.status.is_pending());
}

#[test]
fn records_of_helm_3_and_older() {
    let record = br#"{"name":"r","info":{"first_deployed":"2020-01-01T00:00:00Z","deleted":"","status":"deployed","extra":1},"hooks":[{"name":"h","last_run":{"started_at":"","phase":"Succeeded"}},null],"version":7,"chart":null,"config":null}"#;
    let release = decode(STANDARD.encode(record).as_bytes()).unwrap();
    assert_eq!((release.version, release.info.status, release.info.deleted), (7, Status::Deployed, None));
    assert_eq!(release.hooks[0].last_run.phase.name(), "Succeeded");
}

#[test]
fn damage_is_refused() {
    let pack = |bytes: &[u8]| {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let bomb = pack(&vec![b' '; 80 << 20]);
    let cut = &pack(HELM_4.as_bytes())[..40];
    let cases: &[(&str, Vec<u8>, fn(&CodecError) -> bool)] = &[
        ("no base64", b"@@@".to_vec(), |error| matches!(error, CodecError::Base64)),
        ("no JSON", STANDARD.encode("hello").into_bytes(), |error| matches!(error, CodecError::Json(_))),
        ("empty", Vec::new(), |error| matches!(error, CodecError::Json(_))),
        ("cut", STANDARD.encode(cut).into_bytes(), |error| matches!(error, CodecError::Gzip(_))),
        ("bomb", STANDARD.encode(bomb).into_bytes(), |error| matches!(error, CodecError::TooLarge)),
        ("types", STANDARD.encode(r#"{"name":5}"#).into_bytes(), |error| matches!(error, CodecError::Type(_))),
        ("deep", STANDARD.encode("[".repeat(100_000)).into_bytes(), |error| matches!(error, CodecError::Json(_))),
    ];
    for (name, payload, fits) in cases {
        let error = decode(payload).expect_err(name);
        assert!(fits(&error), "{name}: {error}");
    }
}
