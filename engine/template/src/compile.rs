//! Trees to instructions: variables become slots, names are resolved, positions go to a side table.
//!
//! Go tracks the node that it looks at while it walks the tree, and errors name that node. The compiler follows
//! the same moves (`Compiler::at`), so each instruction knows the node that Go would name.

mod command;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::ast::{Branch, Node, NodeId, Source, Span, place};
use crate::call::{Functions, Type};
use crate::program::{At, Constant, NO_SLOT, Op, Path, Program, Tables, Text};
use crate::value::Str;

/// What the trees of one text have in common while they are compiled.
#[derive(Default)]
pub(crate) struct Shared<'s> {
    /// What string literals stand for, by the literal: equal ones share their memory.
    strings: FxHashMap<&'s [u8], Str>,
    /// Room for the instructions of one tree after the other.
    code: Vec<Op>,
    at: Vec<At>,
}

/// Compiles the tree at `root`.
pub(crate) fn compile<'c>(
    source: &'c Source,
    text: &Arc<Text>,
    (name, root): (Arc<str>, NodeId),
    functions: &'c dyn Functions,
    shared: &mut Shared<'c>,
) -> Program {
    shared.code.clear();
    shared.at.clear();
    let mut compiler = Compiler {
        source,
        functions,
        shared,
        node: root.into(),
        variables: vec![b"$"],
        loops: Vec::new(),
        scopes: 0,
        slots: 1,
        tables: Tables::default(),
    };
    compiler.list(root);
    compiler.emit(Op::Return);
    Program {
        name,
        file: text.name.clone(),
        text: text.clone(),
        code: compiler.shared.code.as_slice().into(),
        at: compiler.shared.at.as_slice().into(),
        slots: compiler.slots,
        tables: Arc::new(compiler.tables),
        blank: source.is_blank(root),
    }
}

struct Compiler<'c, 'm> {
    source: &'c Source,
    functions: &'c dyn Functions,
    shared: &'m mut Shared<'c>,
    /// What Go looks at now.
    node: At,
    /// Variables in scope; the index is the slot.
    variables: Vec<&'c [u8]>,
    loops: Vec<Loop>,
    /// `with` and `range` that are open.
    scopes: usize,
    slots: usize,
    tables: Tables,
}

/// An open `range`: where `continue` goes, and the jumps of `break` that wait for their target.
struct Loop {
    next: usize,
    scopes: usize,
    breaks: Vec<usize>,
}

impl<'c> Compiler<'c, '_> {
    fn list(&mut self, list: NodeId) {
        let Node::List(items) = self.source.node(list) else { return };
        for &item in self.source.children(*items) {
            self.statement(item);
        }
    }

    fn statement(&mut self, id: NodeId) {
        self.at(id);
        match self.source.node(id) {
            Node::Text { end } => self.emit(Op::Text { start: place(self.source.start(id)), end: *end }),
            Node::Action(pipe) => {
                let declares = self.pipeline(*pipe);
                self.at(id);
                self.emit(if declares { Op::Pop } else { Op::Print });
            }
            Node::If(branch) => self.if_statement(branch),
            Node::With(branch) => self.with_statement(branch),
            Node::Range(branch) => self.range_statement(branch),
            Node::Template { name, pipe } => self.template_statement(id, *name, *pipe),
            Node::Break => self.break_statement(),
            Node::Continue => self.continue_statement(),
            // The parser puts nothing else into a list.
            _ => {}
        }
    }

    fn if_statement(&mut self, branch: &Branch) {
        let outer = self.variables.len();
        self.pipeline(branch.pipe);
        let unless = self.emit_jump(Op::JumpUnless(0));
        self.list(branch.list);
        if let Some(otherwise) = branch.otherwise {
            let end = self.emit_jump(Op::Jump(0));
            self.land(unless);
            self.list(otherwise);
            self.land(end);
        } else {
            self.land(unless);
        }
        self.variables.truncate(outer);
    }

    fn with_statement(&mut self, branch: &Branch) {
        let outer = self.variables.len();
        self.pipeline(branch.pipe);
        let unless = self.emit_jump(Op::With(0));
        self.scopes += 1;
        self.list(branch.list);
        self.scopes -= 1;
        self.emit(Op::Leave);
        let end = self.emit_jump(Op::Jump(0));
        self.land(unless);
        if let Some(otherwise) = branch.otherwise {
            self.list(otherwise);
        }
        self.land(end);
        self.variables.truncate(outer);
    }

    fn range_statement(&mut self, branch: &Branch) {
        let outer = self.variables.len();
        self.pipeline(branch.pipe);
        let (index, item, count) = self.range_variables(branch.pipe);
        let start = self.emit_jump(Op::Iterate { otherwise: 0, variables: count });
        let inner = self.variables.len();
        let next = self.shared.code.len();
        let done = self.emit_jump(Op::Next { end: 0, index, item });
        self.scopes += 1;
        self.loops.push(Loop { next, scopes: self.scopes, breaks: Vec::new() });
        self.list(branch.list);
        self.emit(Op::Jump(place(next)));
        self.scopes -= 1;
        let breaks = self.loops.pop().map(|open| open.breaks).unwrap_or_default();
        self.variables.truncate(inner);
        let end = branch.otherwise.map(|otherwise| {
            // After the last item the else list is skipped.
            self.land(done);
            let end = self.emit_jump(Op::Jump(0));
            self.land(start);
            self.list(otherwise);
            end
        });
        match end {
            Some(end) => self.land(end),
            None => {
                self.land(done);
                self.land(start);
            }
        }
        for jump in breaks {
            self.land(jump);
        }
        self.variables.truncate(outer);
    }

    /// Slots for index and item, and how many variables there are. With one variable, it is the item.
    fn range_variables(&self, pipe: NodeId) -> (u16, u16, u8) {
        let Node::Pipe(pipe) = self.source.node(pipe) else { return (NO_SLOT, NO_SLOT, 0) };
        let declared = self.source.children(pipe.declared);
        let slot = |position: usize| {
            let name = declared.get(position).and_then(|&node| self.variable_name(node));
            name.and_then(|name| self.slot(name)).unwrap_or(NO_SLOT)
        };
        match declared.len() {
            0 => (NO_SLOT, NO_SLOT, 0),
            1 => (NO_SLOT, slot(0), 1),
            _ => (slot(0), slot(1), 2),
        }
    }

    fn break_statement(&mut self) {
        let Some(scopes) = self.loops.last().map(|open| open.scopes) else { return };
        for _ in scopes..=self.scopes {
            self.emit(Op::Leave);
        }
        let jump = self.emit_jump(Op::Jump(0));
        if let Some(open) = self.loops.last_mut() {
            open.breaks.push(jump);
        }
    }

    fn continue_statement(&mut self) {
        let Some((scopes, next)) = self.loops.last().map(|open| (open.scopes, open.next)) else { return };
        for _ in scopes..self.scopes {
            self.emit(Op::Leave);
        }
        self.emit(Op::Jump(place(next)));
    }

    fn template_statement(&mut self, id: NodeId, name: Span, pipe: Option<NodeId>) {
        self.tables.templates.push(String::from_utf8_lossy(&self.source.unquoted(name)).into());
        let index = place(self.tables.templates.len() - 1);
        self.emit(Op::Defined(index));
        match pipe {
            // Variables that the pipeline declares stay in scope.
            Some(pipe) => {
                self.pipeline(pipe);
            }
            None => self.emit(Op::Nil),
        }
        self.at(id);
        self.emit(Op::Template(index));
    }
}

/// Emission.
impl<'c> Compiler<'c, '_> {
    fn at(&mut self, node: NodeId) {
        self.node = node.into();
    }

    fn emit(&mut self, op: Op) {
        self.emit_at(op, self.node);
    }

    fn emit_at(&mut self, op: Op, at: impl Into<At>) {
        self.shared.code.push(op);
        self.shared.at.push(at.into());
    }

    /// Emits a jump whose target [`Compiler::land`] fills in.
    fn emit_jump(&mut self, op: Op) -> usize {
        self.emit(op);
        self.shared.code.len() - 1
    }

    /// The jump at `from` goes here.
    fn land(&mut self, from: usize) {
        let here = place(self.shared.code.len());
        match self.shared.code.get_mut(from) {
            Some(
                Op::Jump(to)
                | Op::JumpUnless(to)
                | Op::With(to)
                | Op::JumpKeep { to, .. }
                | Op::Iterate { otherwise: to, .. }
                | Op::Next { end: to, .. },
            ) => *to = here,
            _ => debug_assert!(false, "not a jump"),
        }
    }

    fn fail(&mut self, message: impl Into<String>) {
        self.tables.messages.push(message.into());
        self.emit(Op::Fail(place(self.tables.messages.len() - 1)));
    }

    fn constant(&mut self, value: Constant) {
        self.tables.constants.push(value);
        self.emit(Op::Constant(place(self.tables.constants.len() - 1)));
    }

    /// The names of `.a.b`, or of `$x.a.b` without the variable.
    fn path(&mut self, fields: Span) -> Path {
        let text = self.source.piece(fields);
        let first = self.tables.names.len();
        let mut start = 0;
        for dot in memchr::memchr_iter(b'.', text).chain([text.len()]) {
            // Before the first dot there is nothing, or the variable.
            if start > 0 {
                let name = Span { start: fields.start + place(start), end: fields.start + place(dot) };
                self.tables.names.push(name);
            }
            start = dot + 1;
        }
        Path { first: place(first), count: place(self.tables.names.len() - first) }
    }

    fn check(&mut self, ty: Type) {
        if ty == Type::Any {
            return;
        }
        let known = self.tables.types.iter().position(|&known| known == ty);
        let index = known.unwrap_or_else(|| {
            self.tables.types.push(ty);
            self.tables.types.len() - 1
        });
        self.emit(Op::Check(place(index)));
    }

    fn variable_name(&self, node: NodeId) -> Option<&'c [u8]> {
        match self.source.node(node) {
            Node::Variable(names) => self.source.piece(*names).split(|byte| *byte == b'.').next(),
            _ => None,
        }
    }

    fn slot(&self, name: &[u8]) -> Option<u16> {
        let slot = self.variables.iter().rposition(|known| *known == name)?;
        u16::try_from(slot).ok().filter(|&slot| slot != NO_SLOT)
    }

    fn declare(&mut self, name: &'c [u8]) -> u16 {
        self.variables.push(name);
        self.slots = self.slots.max(self.variables.len());
        u16::try_from(self.variables.len() - 1).unwrap_or(NO_SLOT)
    }
}
