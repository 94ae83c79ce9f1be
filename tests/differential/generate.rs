//! Random cases: templates with values, and texts of the other grammars.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::case::{Case, Mode};
use helmx_tests::random::Random;

/// Functions whose answer is random, depends on time, the machine or the order of Go's maps, or takes long.
const LEFT_OUT: &[&str] = &[
    "now",
    "date",
    "dateInZone",
    "date_in_zone",
    "dateModify",
    "date_modify",
    "mustDateModify",
    "must_date_modify",
    "ago",
    "htmlDate",
    "htmlDateInZone",
    "toDate",
    "mustToDate",
    "unixEpoch",
    "uuidv4",
    "shuffle",
    "keys",
    "values",
    "lookup",
    "derivePassword",
    "encryptAES",
    "bcrypt",
    "htpasswd",
    "getHostByName",
    "include",
    "tpl",
    "template",
];

/// Functions that make something as long as a number says: they get small literals only.
const SIZED: &[&str] = &["until", "untilStep", "seq", "repeat", "indent", "nindent", "wrap", "wrapWith"];

const BUILTINS: &[&str] = &[
    "and", "or", "not", "len", "index", "slice", "print", "printf", "println", "html", "js", "urlquery", "eq", "ne",
    "lt", "le", "gt", "ge", "call",
];

const LITERALS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "7",
    "100",
    "0x1F",
    "0b11",
    "017",
    "1_000",
    "'a'",
    "1.5",
    "-0.25",
    "1e3",
    "1e20",
    "0.1",
    "\"\"",
    "\"a\"",
    "\"Hello World\"",
    "\"a,b,c\"",
    "\"1\"",
    "\"1.5\"",
    "\"true\"",
    "`raw\\n`",
    "\"é世\"",
    "\" x \"",
    "\"1.2.3\"",
    "\">=1.0\"",
    "\"%v %d %s\"",
    "\"a: 1\\nb: [x, 2]\"",
    "\"{\\\"k\\\":1}\"",
    "\"[a-z]+\"",
    "\"/a/b.txt\"",
    "\"1h30m\"",
    "\"<no value>\"",
    "\"\\t<&>\"",
    "true",
    "false",
];

const PATHS: &[&str] = &[
    ".",
    "$",
    ".Values",
    ".Values.text",
    ".Values.int",
    ".Values.float",
    ".Values.list",
    ".Values.map",
    ".Values.none",
    ".Values.missing",
    ".Values.missing.deep",
    ".Values.map.a",
    ".Values.map.inner.x",
    ".Values.list.x",
    ".Values.yes",
    ".Values.words",
    ".Release.Name",
    ".Release.Revision",
    ".Chart.Version",
    ".Chart.Missing",
    "$.Values.words",
    ".Values.empty",
    ".Values.maps",
    ".Capabilities.KubeVersion.Minor",
    "$x",
];

const TEXTS: &[&str] = &["plain ", "\n  ", "é", "- a: ", "<no value>", "%", " "];

/// One case of that mode.
pub fn case(mode: Mode, random: &mut Random) -> Case {
    let empty = || json!({});
    let (parts, other, values) = match mode {
        Mode::Template => (template(random), String::new(), values(random)),
        Mode::Set | Mode::SetString => (set(random), String::new(), empty()),
        Mode::Merge => (vec![], String::new(), json!({"chart": chart(random, "top", 2), "user": settings(random, 4)})),
        Mode::Constraint => constraint(random),
        Mode::Decode => (pieces(random, YAML, 12), String::new(), empty()),
        Mode::Encode => (vec![], String::new(), table(random, 3)),
        Mode::Glob => (pieces(random, GLOB, 6), pieces(random, PATH, 6).concat(), empty()),
    };
    Case { mode, parts, other, values }
}

const SET: &[&str] = &[
    "a", "b", "name", "=", "=", "=", ",", ",", ".", ".", "[0]", "[1]", "[", "]", "{", "}", "1", "true", "null", "\\,",
    "\\.", " ", "é", "0", "-5", "1.5", "{a,b}", "[]", "\\",
];
const CONSTRAINT: &[&str] = &[
    ">",
    "<",
    ">=",
    "<=",
    "=",
    "!=",
    "^",
    "~",
    "1",
    "1.2",
    "1.2.3",
    "2.0.0-beta.1",
    "0.3",
    "x",
    "*",
    "1.x",
    " ",
    ", ",
    " || ",
    " - ",
    "v1.0.0",
    "0.0.1",
    "-0",
];
const VERSION: &[&str] = &["1", "2", "0", ".2", ".3", ".0", "-beta.1", "-0", "+build", "v", ".x", "1.2.3", "01", "10"];
const YAML: &[&str] = &[
    "a",
    "b",
    ": ",
    ": ",
    "- ",
    "\n",
    "\n",
    "\n  ",
    "\n  ",
    "1",
    "1.5",
    "0x1f",
    "017",
    "yes",
    "null",
    "~",
    "\"q\\n\"",
    "'s'",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "|\n",
    ">-\n",
    "# c\n",
    "&x ",
    "*x",
    "<<: ",
    "!!str ",
    "? ",
    "é",
    "1e3",
    ".inf",
    "2001-01-01",
    "1_000",
    "- - ",
    "key: value\n",
    "@",
    "%",
    "\t",
    "\"",
    "---\n",
];
const GLOB: &[&str] =
    &["*", "**", "?", "a", "b", "/", ".txt", "[ab]", "[!a]", "[a-c]", "{a,b}", "{a*,?b}", "\\*", "[", "{"];
const PATH: &[&str] = &["a", "b", "c", "/", ".txt", "*", "d", "ab"];

fn pieces(random: &mut Random, words: &[&str], most: usize) -> Vec<String> {
    (0..=random.below(most)).map(|_| random.pick(words).to_owned()).collect()
}

/// Mostly well-formed ranges and versions: what is malformed fails early and tells little.
fn constraint(random: &mut Random) -> (Vec<String>, String, Value) {
    let ranges = ["^1.2", ">=1.0.0", "<2", "~0.3", "1.x", "!=1.2.3", "=2.0.0-beta.1", "1 - 2.3", ">0.0.1-0", "*", "~1"];
    let mut parts = vec![random.pick(&ranges).to_owned()];
    for _ in 0..random.below(3) {
        parts.push(random.pick(&[" ", ", ", " || ", ","]).to_owned());
        parts.push(random.pick(&ranges).to_owned());
    }
    if random.once_in(3) {
        parts = pieces(random, CONSTRAINT, 6);
    }
    let version = match random.once_in(4) {
        true => pieces(random, VERSION, 5).concat(),
        false => {
            random.pick(&["1.2.3", "2.0.0-beta.1", "0.3.1", "v1.0", "1", "10.0.0", "0.0.1-0", "2.3.4+b"]).to_owned()
        }
    };
    (parts, version, json!({}))
}

fn set(random: &mut Random) -> Vec<String> {
    let start = random.pick(&["a=", "a.b=", "a[0]=", "", "name.x[1].y="]).to_owned();
    std::iter::once(start).chain(pieces(random, SET, 8)).collect()
}

/// Statements one after the other, each of them complete.
fn template(random: &mut Random) -> Vec<String> {
    let mut parts = vec!["{{- $x := .Values.map }}".to_owned()];
    parts.push("{{- define \"named\" }}<{{ . }}>{{ end }}".to_owned());
    for _ in 0..=random.below(3) {
        parts.push(statement(random, 2));
    }
    parts
}

fn statement(random: &mut Random, depth: usize) -> String {
    let text = random.pick(TEXTS);
    if depth == 0 {
        return format!("{text}{{{{ {} }}}}", pipeline(random, 1));
    }
    let (pipe, inner) = (pipeline(random, 2), statement(random, depth - 1));
    match random.below(14) {
        0 => format!("{{{{ if {pipe} }}}}{inner}{{{{ else }}}}{text}{{{{ end }}}}"),
        1 => format!("{{{{ with {pipe} }}}}{inner}{{{{ else }}}}{text}{{{{ end }}}}"),
        2 => format!("{{{{ range {} }}}}{inner}{{{{ end }}}}", random.pick(PATHS)),
        3 => format!("{{{{ range $k, $v := {} }}}}{{{{ $k }}}}={{{{ $v }}}};{inner}{{{{ end }}}}", random.pick(PATHS)),
        4 => format!("{{{{- $y := {pipe} -}}}} {{{{ $y }}}} {{{{ kindOf $y }}}}"),
        5 => format!("{{{{ include \"named\" ({pipe}) }}}}"),
        6 => format!("{{{{ template \"named\" {} }}}}", random.pick(PATHS)),
        7 => format!("{{{{ tpl \"<{{{{ .Values.text }}}}>\" {} }}}}", random.pick(PATHS)),
        8 => format!(
            "{{{{ printf \"%{}\" ({pipe}) }}}}",
            random.pick(&["v", "+v", "#v", "T", "d", "s", "q", "x", "5.2f", "-8s|", "08d", "t", "e", "g", "c", "U"])
        ),
        9 => format!("{{{{ toYaml ({pipe}) }}}}"),
        10 | 11 => format!("{{{{ toJson ({pipe}) }}}}"),
        _ => format!("{text}{{{{ {pipe} }}}}"),
    }
}

fn pipeline(random: &mut Random, depth: usize) -> String {
    let mut text = expression(random, depth);
    for _ in 0..random.below(3) {
        let (name, is_sized) = function(random);
        let arguments: Vec<String> =
            (0..random.below(3)).map(|_| argument(random, if is_sized { 0 } else { depth })).collect();
        if !is_sized {
            text = format!("{text} | {name} {}", arguments.join(" "));
        }
    }
    text.trim_end().to_owned()
}

fn expression(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.once_in(4) {
        return argument(random, 0);
    }
    let (name, is_sized) = function(random);
    let count = random.pick(&["1", "1", "2", "2", "2", "3", "0", "4"]).parse().unwrap_or(1);
    let arguments: Vec<String> = (0..count)
        .map(|_| match is_sized {
            true => random.pick(&["1", "2", "3", "\"ab\"", "-1", "0"]).to_owned(),
            false => argument(random, depth - 1),
        })
        .collect();
    format!("{name} {}", arguments.join(" ")).trim_end().to_owned()
}

fn argument(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 7 } else { 10 }) {
        0..=2 => random.pick(LITERALS).to_owned(),
        3 => if random.once_in(4) { "nil" } else { ".Values.words" }.to_owned(),
        4..=6 => random.pick(PATHS).to_owned(),
        _ => format!("({})", pipeline(random, depth - 1)),
    }
}

/// A name, and whether it wants small numbers.
fn function(random: &mut Random) -> (&'static str, bool) {
    let names: Vec<&'static str> = helmx_engine::function_names().filter(|name| is_fit(name)).collect();
    if random.once_in(6) {
        return (random.pick(BUILTINS), false);
    }
    let name = names.get(random.below(names.len())).copied().unwrap_or("quote");
    (name, SIZED.contains(&name))
}

fn is_fit(name: &str) -> bool {
    !LEFT_OUT.contains(&name) && !name.starts_with("rand") && !name.starts_with("gen") && !name.starts_with("build")
}

fn values(random: &mut Random) -> Value {
    let extra = table(random, 2);
    json!({
        "text": random.pick(&["hello", "", "Ünï", "a\nb", "12"]), "int": random.below(5), "float": 1.5, "yes": true,
        "none": null, "list": [1, "two", 3.5, null, {"k": "v"}], "words": ["b", "a", "c"], "empty": {},
        "map": {"a": 1, "b": "x", "inner": {"x": true}}, "maps": [{"n": 1}, {"n": 2}], "extra": extra,
    })
}

/// A chart whose sub-charts are few and related, so that their values meet.
fn chart(random: &mut Random, name: &str, depth: usize) -> Value {
    let (mut charts, mut dependencies) = (Vec::new(), Vec::new());
    for name in ["a", "b", "c"] {
        if depth > 0 && random.once_in(2) {
            charts.push(chart(random, name, depth - 1));
            if !random.once_in(5) {
                dependencies.extend((0..=random.below(2)).map(|_| dependency(random, name)));
            }
        }
    }
    // Helm refuses charts with two of one name.
    let mut seen = BTreeSet::new();
    dependencies.retain(|entry: &Value| {
        seen.insert(entry.get("alias").unwrap_or(&entry["name"]).as_str().unwrap_or_default().to_owned())
    });
    let mut metadata = json!({"apiVersion": "v2", "name": name, "version": "1.0.0"});
    if !dependencies.is_empty() {
        metadata["dependencies"] = Value::Array(dependencies);
    }
    json!({"metadata": metadata, "values": settings(random, 4), "charts": charts})
}

fn dependency(random: &mut Random, name: &str) -> Value {
    let mut entry = json!({"name": name, "version": random.pick(&["1.0.0", "^1", ">=0.1", "1.x", "*", "2", ""])});
    if random.once_in(4) {
        entry["alias"] = json!(random.pick(&["a", "d", "e", "f"]));
    }
    if random.once_in(2) {
        entry["condition"] =
            json!(random.pick(&["a.enabled", "x.y,b.enabled", "global.x", "enabled", "c.x.y, a.x", ","]));
    }
    if random.once_in(4) {
        entry["tags"] = json!([random.pick(&["x", "y"]), random.pick(&["enabled", "data"])]);
    }
    if random.once_in(2) {
        let path = |random: &mut Random| random.pick(&["x", "exports.data", "x.y", "global", "data", "global.x", "y"]);
        entry["import-values"] = (0..=random.below(2))
            .map(|_| match random.below(3) {
                0 => json!(random.pick(&["data", "x", "none"])),
                1 => json!({"child": path(random), "parent": "."}),
                _ => json!({"child": path(random), "parent": path(random)}),
            })
            .collect();
    }
    entry
}

/// Values of charts: mostly tables, of few keys, among them those that mean something.
fn settings(random: &mut Random, depth: usize) -> Value {
    let keys = ["a", "b", "c", "d", "global", "global", "x", "y", "data", "enabled"];
    let top = ["tags", "exports", "global", "a", "b", "c"];
    let entry = |random: &mut Random| {
        let key = if depth > 3 { [random.pick(&top), random.pick(&keys)][random.below(2)] } else { random.pick(&keys) };
        let value = match random.below(if depth == 0 { 6 } else { 14 }) {
            0 => Value::Null,
            1 | 2 => json!(random.once_in(2)),
            3 => json!(random.below(9)),
            4 => json!(random.pick(&["", "text", "true"])),
            5 => json!([random.below(9)]),
            _ => settings(random, depth - 1),
        };
        (key.to_owned(), value)
    };
    Value::Object((0..random.below(5)).map(|_| entry(random)).collect())
}

fn table(random: &mut Random, depth: usize) -> Value {
    let keys = ["a", "b", "c", "global", "sub", "y", "10", "2", "", "k é", "long-key_1"];
    let entries = (0..random.below(5)).map(|_| (random.pick(&keys).to_owned(), value(random, depth)));
    Value::Object(entries.collect::<Map<_, _>>())
}

fn value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 8 } else { 12 }) {
        0 => Value::Null,
        1 => json!(random.once_in(2)),
        2 => json!(random.below(1000)),
        3 => json!([0.5, -1.25, 1e21, 1e6, 123_456_789.0, 1e-7][random.below(6)]),
        4..=7 => json!(random.pick(&[
            "",
            "a",
            "yes",
            "1",
            "1.0",
            "null",
            "a: b",
            "- x",
            " lead",
            "trail ",
            "a\nb\n",
            "a\n\nb",
            "#c",
            "é\u{1F600}",
            "'q'",
            "\"d\"",
            "a\tb",
            "0x1",
            "~",
            "2001-01-01",
            "{x}",
            "a long text with many words in it that is folded at eighty columns, or so one hopes",
        ])),
        8 | 9 => Value::Array((0..random.below(4)).map(|_| value(random, depth - 1)).collect()),
        _ => table(random, depth - 1),
    }
}
