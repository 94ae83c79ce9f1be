//! The grammars of `--set`, rune by rune.
//!
//! ```text
//! line  := pair { "," pair }
//! pair  := key "=" value
//! key   := segment { "." segment | "[" index "]" }
//! value := "{" item { "," item } "}" | text-up-to-comma
//! ```
//! `\x` stands for `x` everywhere but in literals.

use std::mem;

use helmx_yaml::{Data, Map, json};

/// The longest list that an index may create.
const MAX_INDEX: i64 = 65_536;

/// How many dots a key may have.
const MAX_LEVEL: usize = 30;

/// How many indices may follow each other. Helm's limit is its stack.
const MAX_INDICES: usize = 100;

/// Helm's message for a text that does not parse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseError(String);

/// What a value may be.
pub(super) enum Grammar<'a> {
    Typed,
    Text,
    Json,
    Literal,
    File(&'a mut dyn FnMut(&str) -> Result<Data, String>),
}

/// Why a pair ended early.
enum Stop {
    /// The text is used up, which is fine between pairs.
    End,
    Failed(String),
}

fn failed(message: impl Into<String>) -> Stop {
    Stop::Failed(message.into())
}

type Step<T> = Result<T, Stop>;

pub(super) struct Parser<'a> {
    rest: &'a str,
    grammar: Grammar<'a>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, grammar: Grammar<'a>) -> Parser<'a> {
        Parser { rest: text, grammar }
    }

    pub(super) fn parse(&mut self, into: &mut Map) -> Result<(), ParseError> {
        loop {
            match self.pair(into, 0) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Failed(message)) => return Err(ParseError(message)),
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    /// Text up to one of `stops`, and which; `None` at the end of input.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        loop {
            match self.next() {
                None => return (text, None),
                Some(stop) if stops.contains(&stop) => return (text, Some(stop)),
                Some('\\') if !matches!(self.grammar, Grammar::Literal) => match self.next() {
                    None => return (text, None),
                    Some(escaped) => text.push(escaped),
                },
                Some(character) => text.push(character),
            }
        }
    }

    fn pair(&mut self, data: &mut Map, level: usize) -> Step<()> {
        let stops: &[char] =
            if matches!(self.grammar, Grammar::Literal) { &['=', '[', '.'] } else { &['=', '[', '.', ','] };
        let (key, stop) = self.until(stops);
        match stop {
            None if key.is_empty() => Err(Stop::End),
            None => Err(failed(format!("key {key:?} has no value"))),
            Some('[') => self.list(data, key, level),
            Some('=') => self.assign(data, key),
            Some('.') => self.table(data, key, level + 1),
            Some(_) => {
                let message = format!("key {key:?} has no value (cannot end with ,)");
                put(data, key, Data::String(String::new()));
                Err(failed(message))
            }
        }
    }

    /// After `key=`.
    fn assign(&mut self, data: &mut Map, key: String) -> Step<()> {
        match self.value() {
            Ok((value, error)) => {
                put(data, key, value);
                error.map_or(Ok(()), Err)
            }
            Err(stop) => Err(stop),
        }
    }

    /// After `key.`
    fn table(&mut self, data: &mut Map, key: String, level: usize) -> Step<()> {
        if level > MAX_LEVEL {
            let message = "value name nested level is greater than maximum supported nested level of";
            return Err(failed(format!("{message} {MAX_LEVEL}")));
        }
        let mut fresh = Map::new();
        let inner = match data.get_mut(&key) {
            None => &mut fresh,
            Some(Data::Map(inner)) => inner,
            Some(other) => return Err(wrong_kind(other, "map[string]interface {}")),
        };
        let outcome = self.pair(inner, level);
        if outcome.is_ok() && inner.is_empty() {
            return Err(failed(format!("key map {key:?} has no value")));
        }
        if !fresh.is_empty() {
            put(data, key, Data::Map(fresh));
        }
        outcome
    }

    /// After `key[`
    fn list(&mut self, data: &mut Map, key: String, level: usize) -> Step<()> {
        let index = self.index()?;
        let mut list = match data.get_mut(&key) {
            None => Vec::new(),
            Some(Data::List(list)) => mem::take(list),
            Some(other) => return Err(wrong_kind(other, "[]interface {}")),
        };
        let outcome = self.item(&mut list, index, (level, 1));
        put(data, key, Data::List(list));
        outcome
    }

    /// `0]`. An index that the end of input cuts off is no error to Helm.
    fn index(&mut self) -> Step<i64> {
        let (text, stop) = self.until(&[']']);
        if stop.is_none() {
            return Err(Stop::End);
        }
        text.parse().map_err(|error: std::num::ParseIntError| {
            let overflow =
                matches!(error.kind(), std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow);
            let reason = if overflow { "value out of range" } else { "invalid syntax" };
            failed(format!("error parsing index: strconv.Atoi: parsing {text:?}: {reason}"))
        })
    }

    /// After `[index]`; `depth` counts dots and indices so far.
    fn item(&mut self, list: &mut Vec<Data>, index: i64, depth: (usize, usize)) -> Step<()> {
        if index < 0 {
            return Err(failed(format!("negative {index} index not allowed")));
        }
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        let (text, stop) = self.until(&['[', '.', '=']);
        if !text.is_empty() {
            let quoted: Vec<String> = text.chars().map(|character| format!("{character:?}")).collect();
            return Err(failed(format!("unexpected data at end of array index: [{}]", quoted.join(" "))));
        }
        match stop {
            None => Err(Stop::End),
            Some('=') => {
                // An empty value at the end of input is a value here.
                match self.value()? {
                    (_, Some(Stop::Failed(message))) => Err(Stop::Failed(message)),
                    (value, _) => place_at(list, index, value),
                }
            }
            Some('[') => {
                if depth.1 >= MAX_INDICES {
                    return Err(failed(format!("more than {MAX_INDICES} indices in one key")));
                }
                let next = self.index()?;
                let mut inner = match list.get(place) {
                    None | Some(Data::Null) => Vec::new(),
                    Some(Data::List(inner)) => inner.clone(),
                    Some(other) => return Err(wrong_kind(other, "[]interface {}")),
                };
                self.item(&mut inner, next, (depth.0, depth.1 + 1))?;
                place_at(list, index, Data::List(inner))
            }
            Some(_) => {
                let mut fresh = Map::new();
                if let Some(existing) = list.get_mut(place) {
                    if existing.as_map().is_none() {
                        *existing = Data::Map(Map::new());
                    }
                    return existing.as_map_mut().map_or(Ok(()), |inner| self.pair(inner, depth.0));
                }
                self.pair(&mut fresh, depth.0)?;
                place_at(list, index, Data::Map(fresh))
            }
        }
    }

    /// A value, and the error that reading a file gave: Helm sets the key before it fails.
    fn value(&mut self) -> Step<(Data, Option<Stop>)> {
        match self.grammar {
            Grammar::Json => self.json().map(|value| (value, None)),
            Grammar::Literal => Ok((Data::String(mem::take(&mut self.rest).to_owned()), None)),
            Grammar::Typed | Grammar::Text | Grammar::File(_) => {
                if self.rest.is_empty() {
                    return Ok((Data::String(String::new()), Some(Stop::End)));
                }
                if let Some(rest) = self.rest.strip_prefix('{') {
                    self.rest = rest;
                    return self.braces().map(|value| (value, None));
                }
                let (text, _) = self.until(&[',']);
                Ok(match self.typed(text) {
                    Ok(value) => (value, None),
                    Err(stop) => (Data::Null, Some(stop)),
                })
            }
        }
    }

    /// After `{`
    fn braces(&mut self) -> Step<Data> {
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            if stop.is_none() {
                return Err(failed("list must terminate with '}'"));
            }
            items.push(self.typed(text)?);
            if stop == Some('}') {
                self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
                return Ok(Data::List(items));
            }
        }
    }

    fn typed(&mut self, text: String) -> Step<Data> {
        match &mut self.grammar {
            Grammar::File(read) => read(&text).map_err(Stop::Failed),
            Grammar::Typed => Ok(typed(text)),
            Grammar::Text | Grammar::Json | Grammar::Literal => Ok(Data::String(text)),
        }
    }

    /// One JSON value and the comma after it; nothing at all is null.
    fn json(&mut self) -> Step<Data> {
        if self.passes_empty() {
            return Ok(Data::Null);
        }
        let (value, rest) = json::decode_prefix(self.rest.as_bytes()).map_err(|error| {
            // A decoder of streams has another word for a text that is cut off.
            failed(error.message().replace("unexpected end of JSON input", "unexpected EOF"))
        })?;
        let start = self.rest.len() - rest.len();
        self.rest = self.rest.get(start..).unwrap_or_default();
        self.passes_empty();
        Ok(value)
    }

    /// Passes over spaces and one comma; true if nothing else was there.
    fn passes_empty(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        if let Some(rest) = self.rest.strip_prefix(',') {
            self.rest = rest;
            return true;
        }
        self.rest.is_empty()
    }
}

/// Helm passes over empty keys.
fn put(data: &mut Map, key: String, value: Data) {
    if !key.is_empty() {
        data.insert(key, value);
    }
}

fn place_at(list: &mut Vec<Data>, index: i64, value: Data) -> Step<()> {
    if index > MAX_INDEX {
        return Err(failed(format!("index of {index} is greater than maximum supported index of {MAX_INDEX}")));
    }
    let place = usize::try_from(index).unwrap_or_default();
    if list.len() <= place {
        list.resize(place + 1, Data::Null);
    }
    if let Some(slot) = list.get_mut(place) {
        *slot = value;
    }
    Ok(())
}

/// The text of the panic that Helm catches here.
fn wrong_kind(value: &Data, wanted: &str) -> Stop {
    let kind = match value {
        Data::Null => "nil",
        value => value.go_type(),
    };
    failed(format!("unable to parse key: interface conversion: interface {{}} is {kind}, not {wanted}"))
}

fn typed(text: String) -> Data {
    if text.eq_ignore_ascii_case("true") {
        return Data::Bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Data::Bool(false);
    }
    if text.eq_ignore_ascii_case("null") {
        return Data::Null;
    }
    match text.parse::<i64>() {
        Ok(value) if text == "0" || !text.starts_with('0') => Data::Int(value),
        _ => Data::String(text),
    }
}
