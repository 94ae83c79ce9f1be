//! Nodes and values to results. Whatever fails makes the whole template print nothing, so that failures have no words.

use helmx_yaml::{Data, Map};

use super::compare::holds;
use super::{End, Node, Part, Range};

/// The most values that one template may touch.
const MAX_STEPS: usize = 5_000_000;

/// How many loops may be within each other.
const MAX_LOOPS: usize = 100;

/// A value on its way through a template.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item<'d> {
    Root(&'d Map),
    Data(&'d Data),
    Text(&'d str),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// Of a text: Go takes it apart into bytes.
    Byte(u8),
    /// What stands in the loop over an empty list.
    Nothing,
}

/// Why there are no results.
enum Stop<'d> {
    /// What was at hand then: a filter asks whether there is anything.
    Failed(Vec<Item<'d>>),
    TooLong,
}

impl<'d> Stop<'d> {
    /// The same with other values at hand.
    fn having(self, input: &[Item<'d>]) -> Self {
        match self {
            Self::Failed(_) => Self::Failed(input.to_vec()),
            Self::TooLong => Self::TooLong,
        }
    }
}

type Found<'d> = Result<Vec<Item<'d>>, Stop<'d>>;

/// The results, part by part; `None` if the template asks for what is not there.
///
/// # Errors
/// A template that does not come to an end.
pub fn run<'d>(parts: &'d [Part], values: &'d Map) -> Result<Option<Vec<Vec<Item<'d>>>>, String> {
    let mut run = Run { parts, opened: 0, inside: 0, closed: 0, last_end: 0, steps: 0 };
    match run.from(0, Item::Root(values)) {
        Ok(found) => Ok(Some(found)),
        Err(Stop::Failed(_)) => Ok(None),
        Err(Stop::TooLong) => Err(format!(
            "the template touches more than {MAX_STEPS} values, or has more than {MAX_LOOPS} loops within each other"
        )),
    }
}

/// A run through the parts, with its loops.
struct Run<'d> {
    parts: &'d [Part],
    /// Loops that a part has begun.
    opened: usize,
    /// Loops that are being run.
    inside: usize,
    /// Ends that were met.
    closed: usize,
    /// Where the last end was.
    last_end: usize,
    steps: usize,
}

impl<'d> Run<'d> {
    /// Runs the parts from one on with `item` at hand, up to the end of its loop.
    fn from(&mut self, first: usize, item: Item<'d>) -> Result<Vec<Vec<Item<'d>>>, Stop<'d>> {
        let mut results = Vec::new();
        let mut at = first;
        while let Some(part) = self.parts.get(at) {
            let found = match part {
                Part::Text(text) => vec![Item::Text(text)],
                Part::Action(nodes) => self.list(vec![item], nodes)?,
            };
            self.step(1)?;
            if self.closed > 0 && self.closed <= self.inside {
                self.closed -= 1;
                self.last_end = at;
                break;
            }
            if self.opened > 0 {
                results.extend(self.repeat(at + 1, found)?);
                at = at.max(self.last_end) + 1;
                continue;
            }
            results.push(found);
            at += 1;
        }
        Ok(results)
    }

    /// Runs a loop from the part behind its beginning, once for each item.
    fn repeat(&mut self, first: usize, items: Vec<Item<'d>>) -> Result<Vec<Vec<Item<'d>>>, Stop<'d>> {
        self.opened -= 1;
        self.inside += 1;
        if self.inside > MAX_LOOPS {
            return Err(Stop::TooLong);
        }
        let mut results = Vec::new();
        if items.is_empty() {
            // For the position only: what is in the loop must lead to its end.
            self.from(first, Item::Nothing)?;
        }
        for item in items {
            let inner = if is_null(item) { Item::Nothing } else { item };
            results.extend(self.from(first, inner)?);
        }
        self.inside -= 1;
        Ok(results)
    }

    fn step(&mut self, count: usize) -> Result<(), Stop<'d>> {
        self.steps += count;
        if self.steps > MAX_STEPS { Err(Stop::TooLong) } else { Ok(()) }
    }

    fn list(&mut self, input: Vec<Item<'d>>, nodes: &'d [Node]) -> Found<'d> {
        nodes.iter().try_fold(input, |input, node| self.node(input, node))
    }

    fn node(&mut self, input: Vec<Item<'d>>, node: &'d Node) -> Found<'d> {
        self.step(input.len() + 1)?;
        match node {
            Node::Text(text) => Ok(vec![Item::Text(text)]),
            Node::Int(number) => Ok(vec![Item::Int(*number); input.len()]),
            Node::Float(number) => Ok(vec![Item::Float(*number); input.len()]),
            Node::Bool(value) => Ok(vec![Item::Bool(*value); input.len()]),
            Node::Field(name) => field(&input, name),
            Node::Elements(range) => elements(&input, *range),
            Node::All => Ok(input.iter().flat_map(|item| children(*item)).collect()),
            Node::Deep => self.deep(&input),
            Node::Filter { left, test, right } => self.filter(&input, left, test, right),
            Node::Union(lists) => {
                let mut found = Vec::new();
                for nodes in lists {
                    found.extend(self.list(input.clone(), nodes).map_err(|stop| stop.having(&input))?);
                }
                Ok(found)
            }
            Node::Word(word) => self.word(input, word),
        }
    }

    fn word(&mut self, input: Vec<Item<'d>>, word: &str) -> Found<'d> {
        match word {
            "range" => {
                self.opened += 1;
                Ok(input)
            }
            "end" if self.inside > 0 => {
                self.closed += 1;
                Ok(Vec::new())
            }
            "end" => Err(Stop::Failed(Vec::new())),
            _ => Err(Stop::Failed(input)),
        }
    }

    /// Everything that has something within, outer before inner.
    fn deep(&mut self, input: &[Item<'d>]) -> Found<'d> {
        let mut found = Vec::new();
        for item in input {
            let inner = children(*item);
            self.step(inner.len() + 1)?;
            if !inner.is_empty() {
                found.push(*item);
                found.extend(self.deep(&inner)?);
            }
        }
        Ok(found)
    }

    fn filter(&mut self, input: &[Item<'d>], left: &'d [Node], test: &str, right: &'d [Node]) -> Found<'d> {
        let mut kept = Vec::new();
        for item in input {
            let Item::Data(Data::List(list)) = item else { return Err(Stop::Failed(input.to_vec())) };
            for element in list.iter().map(Item::Data) {
                let found = self.list(vec![element], left);
                if test == "exists" {
                    let any = match found {
                        Ok(found) | Err(Stop::Failed(found)) => !found.is_empty(),
                        Err(Stop::TooLong) => return Err(Stop::TooLong),
                    };
                    kept.extend(any.then_some(element));
                    continue;
                }
                let Some(left) = single(found, input)? else { continue };
                let Some(right) = single(self.list(vec![element], right), input)? else { continue };
                match holds(test, left, right) {
                    Some(true) => kept.push(element),
                    Some(false) => {}
                    None => return Err(Stop::Failed(kept)),
                }
            }
        }
        Ok(kept)
    }
}

/// One value to compare, or none; several are a failure.
fn single<'d>(found: Found<'d>, input: &[Item<'d>]) -> Result<Option<Item<'d>>, Stop<'d>> {
    match found.map_err(|stop| stop.having(input))?.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        _ => Err(Stop::Failed(input.to_vec())),
    }
}

fn is_null(item: Item<'_>) -> bool {
    matches!(item, Item::Data(Data::Null))
}

/// The values of this name; a failure if there is none at all.
fn field<'d>(input: &[Item<'d>], name: &str) -> Found<'d> {
    let found: Vec<_> = input
        .iter()
        .filter_map(|item| match *item {
            Item::Root(map) | Item::Data(Data::Map(map)) => map.get(name).map(Item::Data),
            _ => None,
        })
        .collect();
    if found.is_empty() && !input.is_empty() { Err(Stop::Failed(found)) } else { Ok(found) }
}

/// What is directly within a value; of a text, its bytes.
fn children<'d>(item: Item<'d>) -> Vec<Item<'d>> {
    match item {
        Item::Root(map) | Item::Data(Data::Map(map)) => map.values().map(Item::Data).collect(),
        Item::Data(Data::List(list)) => list.iter().map(Item::Data).collect(),
        Item::Data(Data::String(text)) => text.bytes().map(Item::Byte).collect(),
        Item::Text(text) => text.bytes().map(Item::Byte).collect(),
        Item::Data(Data::Null | Data::Bool(_) | Data::Int(_) | Data::Float(_))
        | Item::Int(_)
        | Item::Float(_)
        | Item::Bool(_)
        | Item::Byte(_)
        | Item::Nothing => Vec::new(),
    }
}

/// Elements of lists. As in Go, an empty range ends the search in the lists behind it, too.
fn elements<'d>(input: &[Item<'d>], range: Range) -> Found<'d> {
    let mut found = Vec::new();
    for item in input.iter().filter(|item| !is_null(**item)) {
        let Item::Data(Data::List(list)) = item else { return Err(Stop::Failed(input.to_vec())) };
        let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
        let from_end = |at: i64| if at < 0 { at.saturating_add(length) } else { at };
        let first = range.start.unwrap_or(0);
        let end = match range.end {
            // Behind the last, if the last is what was asked for.
            End::Single if first == -1 => length,
            End::Single => from_end(first.saturating_add(1)),
            End::Open => length,
            End::At(end) => from_end(end),
        };
        let start = from_end(first);
        if start == end {
            return Ok(found);
        }
        let step = range.step.unwrap_or(1);
        if !(0..length).contains(&start) || !(start..=length).contains(&end) || step <= 0 {
            return Err(Stop::Failed(input.to_vec()));
        }
        let [start, end, step] = [start, end, step].map(|number| usize::try_from(number).unwrap_or(usize::MAX));
        found.extend(list.get(start..end).unwrap_or_default().iter().step_by(step).map(Item::Data));
    }
    Ok(found)
}
