//! Reading arguments that the signature has already checked.

use std::rc::Rc;

use helmx_template::{Failure, List, Map, Str, Value};

/// Typed access to the arguments of a call. A value of another type reads as empty; the signature rules that out.
pub(super) trait Arguments {
    fn text(&self, index: usize) -> &[u8];
    fn int(&self, index: usize) -> i64;
    fn any(&self, index: usize) -> &Value;
    fn map(&self, index: usize) -> Result<&Rc<Map>, Failure>;
    fn rest(&self, index: usize) -> &[Value];

    /// The text itself, not a copy.
    fn shared_text(&self, index: usize) -> Str;

    fn str(&self, index: usize) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.text(index))
    }
}

impl Arguments for [Value] {
    fn text(&self, index: usize) -> &[u8] {
        match self.get(index) {
            Some(Value::String(text)) => text,
            _ => b"",
        }
    }

    fn shared_text(&self, index: usize) -> Str {
        match self.get(index) {
            Some(Value::String(text)) => text.clone(),
            _ => Str::default(),
        }
    }

    fn int(&self, index: usize) -> i64 {
        match self.get(index) {
            Some(Value::Int(_, int)) => *int,
            _ => 0,
        }
    }

    fn any(&self, index: usize) -> &Value {
        self.get(index).unwrap_or(&Value::Nil)
    }

    fn map(&self, index: usize) -> Result<&Rc<Map>, Failure> {
        match self.get(index) {
            Some(Value::Map(map)) => Ok(map),
            _ => Err(Failure::text("not a map")),
        }
    }

    fn rest(&self, index: usize) -> &[Value] {
        self.get(index..).unwrap_or_default()
    }
}

/// The items of any slice, `[]uint8` included.
pub(super) fn items(value: &Value) -> Option<std::borrow::Cow<'_, [Value]>> {
    match value {
        Value::List(list) => Some(std::borrow::Cow::Borrowed(list.items())),
        Value::Bytes(bytes) => {
            let item = |byte: &u8| Value::Uint(helmx_template::UintKind::Uint8, u64::from(*byte));
            Some(bytes.iter().map(item).collect::<Vec<_>>().into())
        }
        _ => None,
    }
}

/// A list like `list`, with other items.
pub(super) fn same_type(list: &List, items: Vec<Value>) -> Value {
    Value::List(Rc::new(List::new(list.ty(), items)))
}

/// Bytes that one string function may produce.
pub(super) const TEXT_BYTES: usize = 64 << 20;

/// `text` as often as `count` says, within bounds.
pub(super) fn repeat(text: &[u8], count: i64) -> Result<Vec<u8>, Failure> {
    let count = usize::try_from(count).map_err(|_| Failure::text("strings: negative Repeat count"))?;
    match text.len().checked_mul(count) {
        Some(length) if length <= TEXT_BYTES => Ok(text.repeat(count)),
        _ => Err(Failure::text(format!("the text would have more than {TEXT_BYTES} bytes; repeat it less often"))),
    }
}

/// Nodes that one function may visit. Shared maps make values that are small in memory and endless to walk.
const NODES: u32 = 2_000_000;

/// What is left of the nodes, and how deep the walk is.
pub(super) struct Walk {
    nodes: u32,
    depth: usize,
}

impl Walk {
    pub(super) fn new() -> Self {
        Self { nodes: NODES, depth: 0 }
    }

    /// One node deeper; `None` where a walk must end. [`Walk::up`] undoes the depth.
    pub(super) fn down(&mut self) -> Option<()> {
        self.nodes = self.nodes.checked_sub(1)?;
        self.depth += 1;
        (self.depth <= NESTING).then_some(())
    }

    pub(super) fn visited(&self) -> u64 {
        u64::from(NODES - self.nodes)
    }

    pub(super) fn up(&mut self) {
        self.depth -= 1;
    }
}

/// Nesting that functions follow. Go follows cycles until it dies.
pub(super) const NESTING: usize = 512;
