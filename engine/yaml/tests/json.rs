//! JSON as Go writes and reads it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use helmx_yaml::{Data, json};

#[test]
fn written_as_go_writes() {
    let cases: &[(Data, Result<&str, &str>)] = &[
        (
            Data::from("<a>&\u{2028}\u{7f}\u{1}\u{8}\u{c}\n\"\\"),
            Ok(r#""\u003ca\u003e\u0026\u2028\u007f\u0001\b\f\n\"\\""#),
        ),
        (Data::Float(1e21), Ok("1e+21")),
        (Data::Float(1e20), Ok("100000000000000000000")),
        (Data::Float(1e-7), Ok("1e-7")),
        (Data::Float(0.000_001), Ok("0.000001")),
        (Data::Float(-0.0), Ok("-0")),
        (Data::Float(1_234_567_890.5), Ok("1234567890.5")),
        (Data::Int(i64::MIN), Ok("-9223372036854775808")),
        (Data::Float(f64::NAN), Err("json: unsupported value: NaN")),
        (Data::List(vec![Data::Float(f64::NEG_INFINITY)]), Err("json: unsupported value: -Inf")),
    ];
    for (value, wanted) in cases {
        let written = json::encode(value);
        let written = written.as_deref().map_err(ToString::to_string);
        let wanted = wanted.map(|text| text.replace("\\u007f", "\u{7f}"));
        assert_eq!(written.map(str::to_owned), wanted.map_err(str::to_owned), "{value:?}");
    }
}

#[test]
fn errors_of_go() {
    let cases = [
        ("", "unexpected end of JSON input"),
        ("{", "unexpected end of JSON input"),
        ("[1,", "unexpected end of JSON input"),
        ("tru", "unexpected end of JSON input"),
        ("\"abc", "unexpected end of JSON input"),
        ("{a}", "invalid character 'a' looking for beginning of object key string"),
        ("{\"a\" 1}", "invalid character '1' after object key"),
        ("{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"),
        ("}", "invalid character '}' looking for beginning of value"),
        ("[1]x", "invalid character 'x' after top-level value"),
        ("01", "invalid character '1' after top-level value"),
        ("1e400", "json: cannot unmarshal number 1e400 into Go value of type float64"),
        ("-x", "invalid character 'x' in numeric literal"),
        ("[1e400, 1e500]", "json: cannot unmarshal number 1e400 into .0 of type float64"),
        (
            r#"{"a/b": [{"c": -1e400}]}"#,
            "json: cannot unmarshal number -1e400 into Go struct field .a~1b.0.c of type float64",
        ),
        (r#"{"a": 1e400, "b": }"#, "invalid character '}' looking for beginning of value"),
        ("\"\t\"", "invalid character '\\t' in string"),
        (r#""\x""#, r"invalid escape sequence `\x` in string"),
        (r#""\ ""#, r#"invalid escape sequence "\\ " in string"#),
        ("\"\\\u{e9}\"", r#"invalid escape sequence "\\\xc3" in string"#),
        (r#""\u12g4x""#, r"invalid escape sequence `\u12g4` in string"),
        (r#""\u1"x"#, r#"invalid escape sequence `\u1"x` in string"#),
        (r#""\u12"#, "unexpected end of JSON input"),
    ];
    for (text, wanted) in cases {
        assert_eq!(json::decode(text.as_bytes()).expect_err(text).message(), wanted, "{text}");
    }
    assert!(json::decode("[".repeat(100_000).as_bytes()).is_err());
}

#[test]
fn text_is_repaired_and_numbers_are_floats() {
    let cases: &[(&[u8], Data)] = &[
        (b"5", Data::Float(5.0)),
        (br#""\ud83d\ude00\ud800x""#, Data::from("\u{1F600}\u{FFFD}x")),
        (b"\"\xFF\"", Data::from("\u{FFFD}")),
        (
            br#"{"a":1,"a":[null,true]}"#,
            Data::from_iter([("a".to_owned(), Data::List(vec![Data::Null, Data::Bool(true)]))]),
        ),
    ];
    for (text, wanted) in cases {
        assert_eq!(json::decode(text).unwrap(), *wanted);
    }
}
