//! Label selectors: `tier in (web,db),app=shop,!legacy`.

use serde_json::{Map, Value};

use crate::status::{Result, Status};

/// A conjunction of requirements on labels; the default selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Exists,
    Absent,
    In(Vec<String>),
    /// Also satisfied when the label is absent.
    NotIn(Vec<String>),
    Greater(i64),
    Less(i64),
}

impl LabelSelector {
    /// Errors: 400 with the position at which the text stops making sense.
    pub fn parse(text: &str) -> Result<Self> {
        super::check_length("label", text)?;
        let mut parser = Parser { text, rest: text };
        let mut requirements = Vec::new();
        parser.skip_space();
        while !parser.rest.is_empty() {
            requirements.push(parser.requirement()?);
            parser.skip_space();
            if parser.rest.is_empty() {
                break;
            }
            parser.expect(",")?;
            parser.skip_space();
            if parser.rest.is_empty() {
                return Err(parser.error("a label after ','"));
            }
        }
        Ok(Self { requirements })
    }

    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    pub fn matches(&self, labels: Option<&Map<String, Value>>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels.and_then(|labels| labels.get(&requirement.key)).and_then(Value::as_str);
            requirement.test.accepts(value)
        })
    }
}

impl Test {
    fn accepts(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|text| text.parse::<i64>().ok());
        match self {
            Self::Exists => value.is_some(),
            Self::Absent => value.is_none(),
            Self::In(values) => value.is_some_and(|value| values.iter().any(|allowed| allowed == value)),
            Self::NotIn(values) => !value.is_some_and(|value| values.iter().any(|refused| refused == value)),
            Self::Greater(bound) => number().is_some_and(|value| value > *bound),
            Self::Less(bound) => number().is_some_and(|value| value < *bound),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Parser<'_> {
    /// `"!" key | key [operator]`
    fn requirement(&mut self) -> Result<Requirement> {
        if self.take("!") {
            self.skip_space();
            return Ok(Requirement { key: self.key()?, test: Test::Absent });
        }
        let key = self.key()?;
        self.skip_space();
        let test = self.test()?;
        Ok(Requirement { key, test })
    }

    /// `"=" v | "==" v | "!=" v | ">" n | "<" n | "in" set | "notin" set | nothing`
    fn test(&mut self) -> Result<Test> {
        if self.rest.is_empty() || self.rest.starts_with(',') {
            return Ok(Test::Exists);
        }
        if self.take("!=") {
            return Ok(Test::NotIn(vec![self.value()?]));
        }
        if self.take("==") || self.take("=") {
            return Ok(Test::In(vec![self.value()?]));
        }
        if self.take(">") {
            return Ok(Test::Greater(self.number()?));
        }
        if self.take("<") {
            return Ok(Test::Less(self.number()?));
        }
        match self.word() {
            "in" => Ok(Test::In(self.set()?)),
            "notin" => Ok(Test::NotIn(self.set()?)),
            _ => Err(self.error("an operator (=, ==, !=, in, notin, <, >)")),
        }
    }

    /// `"(" value ("," value)* ")"`
    fn set(&mut self) -> Result<Vec<String>> {
        self.skip_space();
        self.expect("(")?;
        let mut values = vec![self.value()?];
        self.skip_space();
        while self.take(",") {
            values.push(self.value()?);
            self.skip_space();
        }
        self.expect(")")?;
        Ok(values)
    }

    fn key(&mut self) -> Result<String> {
        let word = self.word();
        let name = word.rsplit_once('/').map_or(word, |(_, name)| name);
        let prefix = word.rsplit_once('/').map_or("x", |(prefix, _)| prefix);
        let sound = is_label_text(name, 63) && !name.is_empty() && !prefix.is_empty() && prefix.len() <= 253;
        if !sound || prefix.contains('/') {
            return Err(self.error("a label name"));
        }
        Ok(word.to_owned())
    }

    fn value(&mut self) -> Result<String> {
        self.skip_space();
        let word = self.word();
        if is_label_text(word, 63) { Ok(word.to_owned()) } else { Err(self.error("a label value")) }
    }

    fn number(&mut self) -> Result<i64> {
        self.skip_space();
        self.word().parse().map_err(|_| self.error("an integer"))
    }

    /// The longest run of characters that are no syntax.
    fn word(&mut self) -> &str {
        let end = self.rest.find(|c: char| c.is_whitespace() || "=!<>(),".contains(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, token: &str) -> Result<()> {
        if self.take(token) { Ok(()) } else { Err(self.error(&format!("{token:?}"))) }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn error(&self, expected: &str) -> Status {
        let position = self.text.len() - self.rest.len();
        Status::bad_request(format!(
            "unable to parse requirement: found {:?} at {position} of {:?}, expected: {expected}",
            self.rest, self.text
        ))
    }
}

/// At most `max` characters: letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit.
pub(crate) fn is_label_text(text: &str, max: usize) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    text.len() <= max
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && edge(text.chars().next())
        && edge(text.chars().last())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn r5_label_selectors_match_or_are_refused() {
        let labels = json!({"app": "shop", "tier": "web", "n": "5", "empty": "", "x.io/y": "z"});
        let labels = labels.as_object();
        let cases = [
            ("", Some(true)),
            ("app", Some(true)),
            ("!app", Some(false)),
            ("! absent", Some(true)),
            ("app=shop,tier==web", Some(true)),
            ("app = shop , tier != db", Some(true)),
            ("absent!=x", Some(true)),
            ("absent=x", Some(false)),
            ("tier in (web, db)", Some(true)),
            ("tier notin (web,db)", Some(false)),
            ("absent notin (a)", Some(true)),
            ("n>4,n<6", Some(true)),
            ("n>5", Some(false)),
            ("empty=", Some(true)),
            ("x.io/y in (z)", Some(true)),
            ("in", Some(false)),
            ("app=shop,", None),
            (",app", None),
            ("app=shop tier=web", None),
            ("app in shop", None),
            ("app in (shop", None),
            ("app in ()x", None),
            ("a//b=c", None),
            ("-a=b", None),
            ("a=b/c", None),
            ("n>x", None),
            ("a=b=c", None),
        ];
        for (text, expected) in cases {
            let result = LabelSelector::parse(text).ok().map(|selector| selector.matches(labels));
            assert_eq!(result, expected, "{text}");
        }
        assert!(!LabelSelector::parse("app").unwrap().matches(None));
    }
}
