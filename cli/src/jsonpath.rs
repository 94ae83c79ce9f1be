//! Kubernetes' JSONPath templates over values: `{.image.tag}` (`k8s.io/client-go/util/jsonpath`), as far as plain data
//! goes.

/// `==`, `<` and their kin in filters.
mod compare;
/// Nodes and values to results.
mod evaluate;
/// A text to its nodes.
mod parse;

use helmx_template::format::verb_v;
use helmx_yaml::Map;

use evaluate::Item;

/// A template.
#[derive(Debug, PartialEq)]
pub struct Template {
    parts: Vec<Part>,
}

/// What a template is made of.
#[derive(Debug, PartialEq)]
enum Part {
    /// What stands outside of braces.
    Text(String),
    /// What stands within: each node takes what the one before found.
    Action(Vec<Node>),
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    Field(String),
    Elements(Range),
    Filter {
        left: Vec<Node>,
        test: String,
        right: Vec<Node>,
    },
    Int(i64),
    Float(f64),
    Bool(bool),
    /// `*`
    All,
    /// `..`
    Deep,
    Union(Vec<Vec<Node>>),
    /// `range`, `end`, or nothing that is known.
    Word(String),
}

/// `[start:end:step]`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    start: Option<i64>,
    end: End,
    step: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// `[1]`: behind the first.
    Single,
    Open,
    At(i64),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Helm's text.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { parts: parse::parts(text, 0)? })
    }

    /// What the template makes of values; nothing where it asks for what is not there, as Helm prints it.
    ///
    /// # Errors
    /// A template that does not come to an end.
    pub fn print(&self, values: &Map) -> Result<String, String> {
        let mut out = String::new();
        for group in evaluate::run(&self.parts, values)?.unwrap_or_default() {
            let texts = group.iter().map(shown).collect::<Result<Vec<_>, _>>();
            let Ok(texts) = texts else { return Ok(out) };
            out.push_str(&texts.join(" "));
        }
        Ok(out)
    }
}

/// Tables and lists as JSON, everything else as Go prints it.
fn shown(item: &Item<'_>) -> Result<String, helmx_yaml::Error> {
    use helmx_yaml::Data;
    Ok(match item {
        Item::Root(values) => helmx_yaml::json::encode(*values)?,
        Item::Data(data @ (Data::Map(_) | Data::List(_))) => helmx_yaml::json::encode(*data)?,
        Item::Data(Data::Null) => "null".to_owned(),
        Item::Data(Data::Bool(value)) => value.to_string(),
        Item::Data(Data::Int(number)) => number.to_string(),
        Item::Data(Data::Float(number)) => verb_v(&(*number).into()),
        Item::Data(Data::String(text)) => text.clone(),
        Item::Text(text) => (*text).to_owned(),
        Item::Int(number) => number.to_string(),
        Item::Float(number) => verb_v(&(*number).into()),
        Item::Bool(value) => value.to_string(),
        Item::Byte(byte) => byte.to_string(),
        Item::Nothing => "<no value>".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use helmx_yaml::Map;

    use super::Template;

    const VALUES: &str = r#"
a: 1
f: 1.50
big: 12345678901234567890
x: null
s: "x<y>"
l: [1, two, {k: v}]
m: {b: 1, a: [x]}
ports: [{name: http, port: 80, w: 1.5}, {name: https, port: 443, w: 2}, {name: odd}]
none: []
a.b: dotted
"#;

    fn values() -> Map {
        helmx_yaml::decode(VALUES.as_bytes()).unwrap().into_map()
    }

    #[test]
    fn what_templates_print() {
        let cases = [
            ("plain", "plain"),
            ("", ""),
            ("{.a}", "1"),
            ("{.f} {.big} {.s}", "1.5 1.2345678901234567e+19 x<y>"),
            ("{.x}", "null"),
            ("{.m}", r#"{"a":["x"],"b":1}"#),
            ("{.l[*]}", r#"1 two {"k":"v"}"#),
            ("{.l[-1].k}{.l[0:2]}{.l[::2]}{.l[]}", r#"v1 two1 {"k":"v"}1"#),
            ("{.l[0,1]}", "1 two"),
            (r"{.a\.b}", "dotted"),
            ("{['a']}", "1"),
            ("{..port}", "80 443"),
            ("{.m.*}", "[\"x\"] 1"),
            ("{.l[1].*}", "116 119 111"),
            ("{.ports[*]['name','port']}", "http https odd 80 443"),
            ("{.ports[?(@.name==\"http\")].port}", "80"),
            ("{.ports[?(@.port)].name}", "http https"),
            ("{.ports[0:2][?(@.w)]}", ""),
            ("{range .ports[0:2]}{.name}={.port};{end}done", "http=80;https=443;done"),
            ("{range .ports[*]}{range .*}[{@}]{end};{end}", "[http][80][1.5];[https][443][2];[odd];"),
            ("{range .none[*]}x{end}y", "y"),
            ("{1} {1.5} {true} {-3} {+4} {\"q\\u00e9\\x41\"} {'s'}", "1 1.5 true -3 4 qéA s"),
        ];
        for (template, wanted) in cases {
            assert_eq!(Template::parse(template).unwrap().print(&values()).as_deref(), Ok(wanted), "{template}");
        }
    }

    #[test]
    fn what_is_not_there_prints_nothing() {
        for template in [
            "{.nosuch}",
            "{.a}{.nosuch}",
            "{.}",
            "{['a.b']}",
            "{.l[5]}",
            "{.l[2:1]}",
            "{.l[0:3:0]}",
            "{.s[0]}",
            "{.x.y}",
            "{end}",
            "{foo}",
            "{.ports[?(@.port==80)].name}",
            "{.ports[?(@.w>1.6)].name}",
            "{.ports[?(@.name<true)].name}",
            "{.ports[?(@.name=!\"a\")].name}",
            "{.m[?(@.a)]}",
            "{range .ports[*]}{.port}{end}",
            "{range .none[*]}{.x}{end}y",
        ] {
            assert_eq!(Template::parse(template).unwrap().print(&values()).as_deref(), Ok(""), "{template}");
        }
    }

    #[test]
    fn templates_that_would_not_end() {
        for template in ["{range ..}".repeat(12), "{range @}".repeat(10_000)] {
            assert!(Template::parse(&template).unwrap().print(&values()).is_err());
        }
    }
}
