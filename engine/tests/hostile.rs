//! Templates that mean harm: each must end in an error or an answer, within bounds, and take nothing along.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "vector/host.rs"]
mod host;

use helmx_engine::{Host, MissingKey, execute};
use helmx_template::Value;
use helmx_yaml::Data;
use jiff::Timestamp;

use host::TestHost;

/// Name, template, and what the error must contain; no text means that it must succeed.
const CASES: &[(&str, &str, Option<&str>)] = &[
    ("endless include", r#"{{define "a"}}{{include "a" .}}{{end}}{{include "a" .}}"#, Some("nested reference name: a")),
    (
        "mutual include",
        r#"{{define "a"}}{{include "b" .}}{{end}}{{define "b"}}{{include "a" .}}{{end}}{{include "a" .}}"#,
        Some("nested reference name"),
    ),
    (
        "endless tpl",
        r#"{{$d := dict}}{{$_ := set $d "t" "{{tpl .t .}}"}}{{tpl $d.t $d}}"#,
        Some("exceeded maximum template depth"),
    ),
    ("long text", r#"{{$x := "aaaaaaaa"}}{{range until 64}}{{$x = cat $x $x}}{{end}}"#, Some("bytes")),
    ("long list", r#"{{$x := list 1 2}}{{range until 64}}{{$x = concat $x $x}}{{end}}"#, Some("bytes")),
    ("wide indent", r#"{{indent 2000000000 "a"}}"#, Some("bytes")),
    ("long sequence", "{{until 2000000000}}", Some("too long")),
    ("cyclic map as JSON", r#"{{$d := dict}}{{$_ := set $d "d" $d}}{{mustToJson $d}}"#, Some("encountered a cycle")),
    ("cyclic map as text", r#"{{$d := dict}}{{$_ := set $d "d" $d}}{{len (print $d)}}"#, None),
    (
        "cyclic map compared",
        r#"{{$d := dict}}{{$_ := set $d "d" $d}}{{$e := dict}}{{$_ := set $e "d" $e}}{{deepEqual $d $e}}"#,
        None,
    ),
    (
        "doubling map",
        r#"{{$d := dict "a" 1}}{{range until 40}}{{$d = dict "l" $d "r" $d}}{{end}}{{mustToYaml $d}}"#,
        Some("too many values"),
    ),
    (
        "doubling map copied",
        r#"{{$d := dict "a" 1}}{{range until 40}}{{$d = dict "l" $d "r" $d}}{{end}}{{deepCopy $d | len}}"#,
        Some("too many parts"),
    ),
    ("deep list", r#"{{$x := list}}{{range until 200000}}{{$x = list $x}}{{end}}done"#, None),
    ("many different values", "{{uniq (until 100000) | len}}", Some("took more than")),
    ("many keys", r#"{{range until 1000000}}{{$_ := genPrivateKey "ecdsa"}}{{end}}"#, Some("took more than")),
    ("wide numbers", r#"{{printf "%070000d %.70000d %.70000x %+070000.3f" 1 1 1 1.5 | len}}"#, None),
    ("precise numbers", r#"{{printf "%.70000f %.70000e %.70000g %.70000x %.70000b" 1.5 1.5 1.5 1.5 1.5 | len}}"#, None),
    ("wide texts", r#"{{printf "%70000s %-70000q %.70000s %70000v %70000t" "a" "b" "c" nil true | len}}"#, None),
    ("bad pattern", r#"{{regexFind "((((((((((a{1000}){1000}){1000}" "a"}}"#, Some("regexp")),
    ("slow pattern", r#"{{regexMatch "(a*)*b" (repeat 100000 "a")}}"#, None),
];

/// A host whose patience is at its end.
struct Late;

impl Host for Late {
    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Data, String> {
        Err("nobody waits for it".to_owned())
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn random(&self, _: &mut [u8]) -> Result<(), String> {
        Err("nobody waits for it".to_owned())
    }

    fn is_over(&self) -> bool {
        true
    }
}

#[test]
fn late_templates_end() {
    for template in [
        "{{range 1000000}}{{end}}",
        r#"{{genCA "a" 1}}"#,
        r#"{{genPrivateKey "rsa"}}"#,
        r#"{{bcrypt "a"}}"#,
        r#"{{derivePassword 1 "long" "a" "b" "c"}}"#,
    ] {
        let outcome = execute(&[("t", template)], "t", Value::Nil, MissingKey::Zero, &Late);
        let error = outcome.expect_err(template).to_string();
        assert!(error.starts_with("template: t:1:") && error.contains("took too long"), "{template}: {error}");
    }
}

#[test]
fn hostile_templates_end() {
    // Go grows its stack as it likes; a render here must do with that of a thread.
    let run = || {
        for (name, template, expected) in CASES {
            let outcome = execute(&[("t", template)], "t", Value::Nil, MissingKey::Zero, &TestHost::new(&[]));
            match (outcome.map_err(|error| error.to_string()), expected) {
                (Ok(_), None) => {}
                (Err(error), Some(expected)) => {
                    assert!(error.contains(expected), "{name}: {}", error.chars().take(400).collect::<String>());
                }
                (Ok(_), Some(expected)) => panic!("{name}: succeeds, wanted {expected}"),
                (Err(error), None) => panic!("{name}: {}", error.chars().take(400).collect::<String>()),
            }
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}
