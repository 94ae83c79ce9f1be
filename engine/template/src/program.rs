//! Programs: the flat instructions that a template becomes.

use std::sync::{Arc, OnceLock};

use crate::ast::{NodeId, Source, Span};
use crate::builtin::Builtin;
use crate::call::Type;
use crate::literal::Number;
use crate::parser::parse;
use crate::value::{IntKind, Str, UintKind, Value};

/// One compiled template. Copies under other names share what is in it.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) name: Arc<str>,
    /// Name under which its source is reported.
    pub(crate) file: Arc<str>,
    pub(crate) text: Arc<Text>,
    pub(crate) code: Arc<[Op]>,
    /// For each instruction what Go would name in an error there.
    pub(crate) at: Arc<[At]>,
    /// Slots that the variables need. Slot 0 is `$`.
    pub(crate) slots: usize,
    pub(crate) tables: Arc<Tables>,
    /// The template is nothing but white space.
    pub(crate) blank: bool,
}

/// The node that Go looks at during an instruction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At(u32);

impl At {
    /// Nodes are far fewer than that.
    const DECIDED: u32 = 1 << 31;

    pub(crate) fn node(self) -> NodeId {
        NodeId(self.0 & !Self::DECIDED)
    }

    /// Behind `and` and `or`, Go still looks at the argument that decided; this node is the last one.
    pub(crate) fn unless_decided(self) -> Self {
        Self(self.0 | Self::DECIDED)
    }

    pub(crate) fn may_be_decided(self) -> bool {
        self.0 & Self::DECIDED != 0
    }
}

impl From<NodeId> for At {
    fn from(node: NodeId) -> Self {
        Self(node.0)
    }
}

/// What instructions refer to by number.
#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) constants: Vec<Constant>,
    /// The names of all paths, as pieces of the text.
    pub(crate) names: Vec<Span>,
    /// What the number literals among a method's arguments can be.
    pub(crate) literals: Vec<Number>,
    pub(crate) types: Vec<Type>,
    pub(crate) messages: Vec<String>,
    pub(crate) templates: Vec<Arc<str>>,
}

/// `.a.b`: some names of a program, one after another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path {
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl Program {
    pub(crate) fn path(&self, path: Path) -> impl Iterator<Item = &[u8]> {
        let first = path.first as usize;
        let names = self.tables.names.get(first..first + path.count as usize).unwrap_or_default();
        names.iter().map(|name| self.text.piece(*name))
    }

    pub(crate) fn name(&self, name: u32) -> &[u8] {
        self.tables.names.get(name as usize).map_or(&[], |name| self.text.piece(*name))
    }
}

/// What programs are made from, for messages. A tree is many times the size of its text and hardly ever looked at
/// again, so it is not kept: it is made anew for the first error.
pub(crate) struct Text {
    pub(crate) name: Arc<str>,
    pub(crate) bytes: Arc<[u8]>,
    tree: OnceLock<Source>,
}

impl Text {
    pub(crate) fn new(name: Arc<str>, bytes: Arc<[u8]>) -> Self {
        Self { name, bytes, tree: OnceLock::new() }
    }

    fn piece(&self, span: Span) -> &[u8] {
        self.bytes.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The nodes, numbered as they were when the text was compiled.
    pub(crate) fn tree(&self) -> &Source {
        self.tree.get_or_init(|| {
            // All identifiers were functions then, and nothing that parsed once fails now.
            let parsed = parse(&self.name, &self.bytes, &|_| true);
            parsed.map_or_else(|_| Source::new(self.bytes.clone()), |parsed| parsed.source)
        })
    }
}

/// A literal. Programs are shared between threads, and values are not.
#[derive(Debug, Clone)]
pub(crate) enum Constant {
    Nil,
    Bool(bool),
    Int(IntKind, i64),
    Uint(UintKind, u64),
    Float(f64),
    Complex(f64, f64),
    String(Str),
}

impl Constant {
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Nil => Value::Nil,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(kind, value) => Value::Int(*kind, *value),
            Self::Uint(kind, value) => Value::Uint(*kind, *value),
            Self::Float(value) => Value::Float(*value),
            Self::Complex(real, imaginary) => Value::Complex(*real, *imaginary),
            Self::String(text) => Value::String(text.clone()),
        }
    }
}

/// One instruction. The machine has a stack of values; "boxed" values are held by a Go interface.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    /// Writes a piece of the source.
    Text {
        start: u32,
        end: u32,
    },
    /// Pops a value and prints it.
    Print,
    Constant(u32),
    Nil,
    Dot,
    Variable(u16),
    /// Replaces the top by what the path leads to.
    Fields(Path),
    /// Pushes what the path leads to from dot.
    DotFields(Path),
    /// Pushes what the path leads to from a variable.
    VariableFields {
        slot: u16,
        path: Path,
    },
    /// Fails unless the top has the method of that name, for that many arguments.
    Method {
        name: u32,
        args: u16,
        piped: bool,
    },
    /// Checks the top as that argument of the method, the receiver below the arguments. `literal`: what a number can be,
    /// or one of the two below.
    MethodArgument {
        name: u32,
        index: u16,
        literal: u32,
    },
    /// Checks the piped value, which lies below the receiver and the arguments.
    MethodPiped {
        name: u32,
        args: u16,
    },
    /// Calls the method: receiver, then arguments on the stack; below the receiver the piped value if there is one.
    Invoke {
        name: u32,
        args: u16,
        piped: bool,
    },
    /// Checks the top against a parameter type.
    Check(u32),
    /// Calls a built-in function with that many values of the stack.
    Builtin {
        function: Builtin,
        args: u16,
    },
    /// Calls an embedder's function with that many values of the stack.
    Call {
        function: u16,
        args: u16,
    },
    /// Brings the value below that many others to the top.
    Lift(u16),
    /// Removes the value below the top.
    Nip,
    /// Takes the top out of its interface: the end of a command.
    Unbox,
    /// Copies the top into a variable.
    Store(u16),
    Pop,
    Jump(u32),
    /// Pops; jumps if it was false.
    JumpUnless(u32),
    /// Jumps if the top has that truth, and notes where it was decided; pops it otherwise.
    JumpKeep {
        to: u32,
        truth: bool,
    },
    /// Forgets where something was decided.
    Undecide,
    /// Jumps if the top is false, popping it; makes it dot otherwise.
    With(u32),
    /// Pops a value and starts to iterate over it; jumps if there is nothing to iterate over.
    Iterate {
        otherwise: u32,
        variables: u8,
    },
    /// Next item: dot, and the variables that are not `NO_SLOT`. Jumps at the end, the scope closed.
    Next {
        end: u32,
        index: u16,
        item: u16,
    },
    /// Closes the innermost `with` or `range`.
    Leave,
    /// Fails unless there is such a template: Go looks before it evaluates what the template gets.
    Defined(u32),
    /// Pops dot and runs another template.
    Template(u32),
    /// Fails with a message that the compiler knew.
    Fail(u32),
    Return,
}

pub(crate) const NO_SLOT: u16 = u16::MAX;

/// The argument of a method is no literal.
pub(crate) const NO_LITERAL: u32 = u32::MAX;

/// The argument of a method is `nil`.
pub(crate) const NIL_LITERAL: u32 = u32::MAX - 1;
