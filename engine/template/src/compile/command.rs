//! Pipelines, commands and arguments.

use super::Compiler;
use crate::ast::{Node, NodeId, Span, place};
use crate::builtin::Builtin;
use crate::call::{Functions, Signature, Type};
use crate::literal::Number;
use crate::program::{Constant, NIL_LITERAL, NO_LITERAL, Op, Path};
use crate::value::{IntKind, Str, UintKind};

/// How a command is called.
#[derive(Clone, Copy)]
struct Use<'a> {
    /// The node that a failing call names.
    node: NodeId,
    arguments: &'a [NodeId],
    /// The value of the previous command lies on the stack.
    piped: bool,
}

impl Use<'_> {
    fn has_arguments(&self) -> bool {
        !self.arguments.is_empty() || self.piped
    }
}

/// A function that an identifier names.
enum Callee<'a> {
    Builtin(Builtin),
    Embedder(u16, &'a Signature),
}

impl Compiler<'_, '_> {
    /// Leaves the value of the pipeline on the stack. Tells whether it declares or assigns a variable.
    pub(super) fn pipeline(&mut self, id: NodeId) -> bool {
        let source = self.source;
        self.at(id);
        let Node::Pipe(pipe) = source.node(id) else { return false };
        let commands = source.children(pipe.commands);
        for (index, &command) in commands.iter().enumerate() {
            let Node::Command(words) = source.node(command) else { continue };
            let Some((&word, arguments)) = source.children(*words).split_first() else { continue };
            self.command(word, Use { node: command, arguments, piped: index > 0 });
        }
        let declared = source.children(pipe.declared);
        for &variable in declared {
            let Some(name) = self.variable_name(variable) else { continue };
            let slot = if pipe.assigns { self.slot(name) } else { Some(self.declare(name)) };
            match slot {
                Some(slot) => self.emit(Op::Store(slot)),
                None => self.fail(format!("undefined variable: {}", String::from_utf8_lossy(name))),
            }
        }
        !declared.is_empty()
    }

    fn command(&mut self, word: NodeId, usage: Use<'_>) {
        match self.source.node(word) {
            Node::Field(_) | Node::Chain(..) | Node::Variable(_) => {
                self.reference(word, usage);
                self.emit(Op::Unbox);
            }
            Node::Identifier { end } => self.function(word, *end, usage),
            Node::Pipe(_) => {
                self.not_a_function(word, usage);
                self.pipeline(word);
            }
            Node::Dot => {
                self.at(word);
                self.not_a_function(word, usage);
                self.emit(Op::Dot);
                self.emit(Op::Unbox);
            }
            Node::Nil => {
                self.at(word);
                self.not_a_function(word, usage);
                self.fail("nil is not a command");
            }
            _ => {
                self.at(word);
                self.not_a_function(word, usage);
                self.literal(word);
            }
        }
    }

    fn not_a_function(&mut self, word: NodeId, usage: Use<'_>) {
        if usage.has_arguments() {
            self.fail(format!("can't give argument to non-function {}", self.print_argument(word)));
        }
    }

    /// A word as it stands among arguments: pipelines are in parentheses there, but Go prints them bare.
    fn print_argument(&self, word: NodeId) -> String {
        self.source.print(word)
    }

    /// A field, variable or chain, possibly a method call.
    fn reference(&mut self, id: NodeId, usage: Use<'_>) {
        let source = self.source;
        self.at(id);
        match source.node(id) {
            Node::Field(names) => {
                if usage.has_arguments() {
                    self.emit(Op::Dot);
                    return self.method(id, *names, usage);
                }
                let path = self.path(*names);
                self.emit(Op::DotFields(path));
            }
            Node::Variable(names) => {
                let name = self.variable_name(id).unwrap_or_default();
                let Some(slot) = self.slot(name) else {
                    return self.fail(format!("undefined variable: {}", String::from_utf8_lossy(name)));
                };
                if name.len() == source.piece(*names).len() {
                    self.not_a_function(id, usage);
                    return self.emit(Op::Variable(slot));
                }
                if usage.has_arguments() {
                    self.emit(Op::Variable(slot));
                    return self.method(id, *names, usage);
                }
                let path = self.path(*names);
                self.emit(Op::VariableFields { slot, path });
            }
            Node::Chain(base, names) => {
                if matches!(source.node(*base), Node::Nil) {
                    return self.fail(format!("indirection through explicit nil in {}", source.print(id)));
                }
                self.argument(*base, Type::Any);
                if usage.has_arguments() {
                    return self.method(id, *names, usage);
                }
                let path = self.path(*names);
                self.emit(Op::Fields(path));
            }
            // Only these three refer to something.
            _ => {}
        }
    }

    /// A call of the method that the last name is, with arguments. What the path starts from is on the stack.
    fn method(&mut self, id: NodeId, names: Span, usage: Use<'_>) {
        let Path { first, count } = self.path(names);
        let before = count.saturating_sub(1);
        let name = first + before;
        if before > 0 {
            self.emit(Op::Fields(Path { first, count: before }));
        }
        let args = count16(usage.arguments.len());
        self.emit(Op::Method { name, args, piped: usage.piped });
        for (index, &argument) in usage.arguments.iter().enumerate() {
            self.argument(argument, Type::Any);
            // Only the receiver knows the types.
            let literal = match self.source.node(argument) {
                Node::Number { number, .. } => self.method_literal(self.source.number(*number)),
                Node::Bool(_) | Node::String { .. } => self.method_literal(Number::default()),
                Node::Nil => NIL_LITERAL,
                _ => NO_LITERAL,
            };
            self.emit(Op::MethodArgument { name, index: count16(index), literal });
        }
        if usage.piped {
            self.emit(Op::MethodPiped { name, args });
        }
        self.emit_at(Op::Invoke { name, args, piped: usage.piped }, id);
    }

    fn method_literal(&mut self, number: Number) -> u32 {
        self.tables.literals.push(number);
        place(self.tables.literals.len() - 1)
    }

    /// `end`: where the name at `id` ends.
    fn function(&mut self, id: NodeId, end: u32, usage: Use<'_>) {
        self.at(id);
        let name = self.source.written(id, end);
        let Some(callee) = find(self.functions, name) else {
            return self.fail(format!("{} is not a defined function", crate::literal::quoted(name)));
        };
        let signature = match &callee {
            Callee::Builtin(function) => function.signature(),
            Callee::Embedder(_, signature) => signature,
        };
        if let Some(message) = signature.arity_error(usage.arguments.len(), usage.piped) {
            return self.fail(message);
        }
        if usage.arguments.len() >= MAX_ARGUMENTS {
            return self.fail(format!("more than {MAX_ARGUMENTS} arguments"));
        }
        if let Callee::Builtin(function @ (Builtin::And | Builtin::Or)) = callee {
            return self.short_circuit(function, usage);
        }
        let is_call = matches!(callee, Callee::Builtin(Builtin::Call));
        if is_call {
            let name = usage.arguments.first().map(|&argument| self.source.print(argument));
            self.constant(name.map_or(Constant::Nil, |name| Constant::String(name.into_bytes().into())));
        }
        for (index, &argument) in usage.arguments.iter().enumerate() {
            self.argument(argument, signature.param(index));
        }
        let mut args = usage.arguments.len() + usize::from(is_call);
        if usage.piped {
            self.emit(Op::Lift(count16(args)));
            self.check(signature.param(usage.arguments.len()));
            args += 1;
        }
        let args = count16(args);
        let op = match callee {
            Callee::Builtin(function) => Op::Builtin { function, args },
            Callee::Embedder(function, _) => Op::Call { function, args },
        };
        self.emit_at(op, usage.node);
    }

    /// `and` and `or` stop at the argument that decides.
    fn short_circuit(&mut self, function: Builtin, usage: Use<'_>) {
        let truth = matches!(function, Builtin::Or);
        let mut jumps = Vec::new();
        for (index, &argument) in usage.arguments.iter().enumerate() {
            self.argument(argument, Type::Any);
            if usage.piped || index + 1 < usage.arguments.len() {
                jumps.push(self.emit_jump(Op::JumpKeep { to: 0, truth }));
            }
        }
        self.look_at_what_decided(jumps.last().copied());
        if usage.piped && !jumps.is_empty() {
            let end = self.emit_jump(Op::Jump(0));
            for jump in jumps {
                self.land(jump);
            }
            self.emit(Op::Nip);
            self.land(end);
        } else {
            for jump in jumps {
                self.land(jump);
            }
        }
        self.emit(Op::Unbox);
    }

    /// From here on, Go looks at the argument that decided. The last one has no jump, and may hold others.
    fn look_at_what_decided(&mut self, last_jump: Option<usize>) {
        let Some(last_jump) = last_jump else { return };
        let inner = self.shared.code[last_jump + 1..].iter().any(|op| matches!(op, Op::JumpKeep { .. }));
        if inner && !self.node.may_be_decided() {
            self.emit(Op::Undecide);
        }
        self.node = self.node.unless_decided();
    }

    /// Leaves one argument on the stack, checked against the parameter's type.
    fn argument(&mut self, id: NodeId, ty: Type) {
        let source = self.source;
        self.at(id);
        let bare = Use { node: id, arguments: &[], piped: false };
        match source.node(id) {
            Node::Dot => self.emit(Op::Dot),
            Node::Nil if ty == Type::Any => return self.emit(Op::Nil),
            // The check makes the nil of the type: maps can be changed, so each call gets its own.
            Node::Nil if ty.can_be_nil() => self.emit(Op::Nil),
            Node::Nil => return self.fail(format!("cannot assign nil to {}", ty.name())),
            Node::Field(_) | Node::Variable(_) | Node::Chain(..) => self.reference(id, bare),
            Node::Pipe(_) => {
                self.pipeline(id);
            }
            Node::Identifier { end } => self.function(id, *end, bare),
            _ => return self.typed_literal(id, ty),
        }
        self.check(ty);
    }

    /// A literal takes the parameter's type if it can.
    fn typed_literal(&mut self, id: NodeId, ty: Type) {
        let node = self.source.node(id);
        let number = match node {
            Node::Number { number, .. } => self.source.number(*number),
            _ => Number::default(),
        };
        match (ty, node) {
            (Type::Any, _) | (Type::Bool, Node::Bool(_)) | (Type::String, Node::String { .. }) => self.literal(id),
            _ => match constant(ty, number) {
                Some(constant) => self.constant(constant),
                None => self.fail(ty.refuse(&self.source.print(id))),
            },
        }
    }

    fn literal(&mut self, id: NodeId) {
        match self.source.node(id) {
            Node::Bool(value) => self.constant(Constant::Bool(*value)),
            Node::String { end } => {
                let text = self.string(Span { start: place(self.source.start(id)), end: *end });
                self.constant(Constant::String(text));
            }
            Node::Number { end, number } => {
                self.ideal_constant(self.source.written(id, *end), self.source.number(*number));
            }
            _ => self.fail(format!("can't evaluate command {}", self.source.print(id))),
        }
    }

    fn string(&mut self, literal: Span) -> Str {
        let source = self.source;
        let text = self.shared.strings.entry(source.piece(literal));
        text.or_insert_with(|| source.unquoted(literal).as_ref().into()).clone()
    }

    /// A number without a type: `complex128`, `float64` if written so, `int` otherwise.
    fn ideal_constant(&mut self, text: &[u8], number: Number) {
        if let Some((real, imaginary)) = number.complex {
            return self.constant(Constant::Complex(real, imaginary));
        }
        let hex = matches!(text, [b'0', b'x' | b'X', ..]) && !text.iter().any(|byte| matches!(byte, b'p' | b'P'));
        let rune = text.first() == Some(&b'\'');
        let written_float = text.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E' | b'p' | b'P'));
        match (number.float, number.int) {
            (Some(float), _) if !hex && !rune && written_float => self.constant(Constant::Float(float)),
            (_, Some(int)) => self.constant(Constant::Int(IntKind::Int, int)),
            _ => self.fail(format!("{} overflows int", String::from_utf8_lossy(text))),
        }
    }
}

/// A number of that type, if the literal can be one.
fn constant(ty: Type, number: Number) -> Option<Constant> {
    match ty {
        Type::Int => Some(Constant::Int(IntKind::Int, number.int?)),
        Type::Int64 => Some(Constant::Int(IntKind::Int64, number.int?)),
        Type::Uint32 => {
            Some(Constant::Uint(UintKind::Uint32, number.uint.filter(|&uint| uint <= u64::from(u32::MAX))?))
        }
        Type::Float64 => Some(Constant::Float(number.float?)),
        Type::Any | Type::Bool | Type::String | Type::Map | Type::List | Type::Strings | Type::Named(_) => None,
    }
}

/// The embedder's function of that name, or Go's.
fn find<'a>(functions: &'a dyn Functions, name: &[u8]) -> Option<Callee<'a>> {
    let name = std::str::from_utf8(name).ok()?;
    match functions.find(name) {
        Some(function) => Some(Callee::Embedder(function, functions.signature(function))),
        None => Builtin::find(name).map(Callee::Builtin),
    }
}

/// Arguments of one call. Go has no bound; instructions keep the number in 16 bits.
const MAX_ARGUMENTS: usize = 60_000;

fn count16(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
