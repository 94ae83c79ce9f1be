//! Syntax trees, and how a node prints itself in an error message.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::Position;
use crate::literal::{Number, quoted, unquote};

/// One parsed text: all nodes of all trees in it. A tree is named by its root. A chart has hundreds of thousands of
/// nodes, so what a node consists of lies in a few long vectors, not in memory of its own.
pub(crate) struct Source {
    pub(crate) text: Arc<[u8]>,
    nodes: Vec<(u32, Node)>,
    children: Vec<NodeId>,
    numbers: Vec<Number>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeId(pub(crate) u32);

/// The children of one node, in their order: a range of [`Source`]'s.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Children {
    start: u32,
    end: u32,
}

/// A number among those of [`Source`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct NumberId(u32);

/// A piece of the source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start: place(start), end: place(end) }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Node {
    List(Children),
    /// Plain text up to `end`.
    Text {
        end: u32,
    },
    Action(NodeId),
    Pipe(Pipe),
    Command(Children),
    /// A name up to `end`.
    Identifier {
        end: u32,
    },
    /// `$x.a.b`
    Variable(Span),
    /// `.a.b`
    Field(Span),
    /// Fields of a parenthesised pipeline or of a function without arguments.
    Chain(NodeId, Span),
    Dot,
    Nil,
    Bool(bool),
    /// `end`: where the literal ends in the source.
    Number {
        end: u32,
        number: NumberId,
    },
    /// A literal up to `end`, known to be well formed.
    String {
        end: u32,
    },
    If(Branch),
    Range(Branch),
    With(Branch),
    /// The name is a literal.
    Template {
        name: Span,
        pipe: Option<NodeId>,
    },
    Break,
    Continue,
    /// `{{end}}`: ends a list, never part of one.
    End,
    /// `{{else}}`: ends a list, never part of one.
    Else,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Pipe {
    pub(crate) declared: Children,
    /// `=` instead of `:=`.
    pub(crate) assigns: bool,
    pub(crate) commands: Children,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Branch {
    pub(crate) pipe: NodeId,
    pub(crate) list: NodeId,
    pub(crate) otherwise: Option<NodeId>,
}

/// Nodes and children of an action of usual length, its share of the text included.
const NODES: usize = 6;
const CHILDREN: usize = 6;

impl Source {
    pub(crate) fn new(text: Arc<[u8]>) -> Self {
        let actions = memchr::memmem::find_iter(&text, "{{").count();
        Self {
            text,
            nodes: Vec::with_capacity(actions * NODES),
            children: Vec::with_capacity(actions * CHILDREN),
            numbers: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, start: usize, node: Node) -> NodeId {
        self.nodes.push((place(start), node));
        NodeId(place(self.nodes.len() - 1))
    }

    pub(crate) fn group(&mut self, children: &[NodeId]) -> Children {
        let start = place(self.children.len());
        self.children.extend_from_slice(children);
        Children { start, end: place(self.children.len()) }
    }

    pub(crate) fn children(&self, children: Children) -> &[NodeId] {
        self.children.get(children.start as usize..children.end as usize).unwrap_or_default()
    }

    pub(crate) fn add_number(&mut self, number: Number) -> NumberId {
        self.numbers.push(number);
        NumberId(place(self.numbers.len() - 1))
    }

    pub(crate) fn number(&self, number: NumberId) -> Number {
        self.numbers.get(number.0 as usize).copied().unwrap_or_default()
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id.0 as usize).map_or(&Node::Nil, |(_, node)| node)
    }

    pub(crate) fn start(&self, id: NodeId) -> usize {
        self.nodes.get(id.0 as usize).map_or(0, |(start, _)| *start as usize)
    }

    pub(crate) fn piece(&self, span: Span) -> &[u8] {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// What a string literal stands for.
    pub(crate) fn unquoted(&self, literal: Span) -> Cow<'_, [u8]> {
        // The parser refuses what cannot be unquoted.
        unquote(self.piece(literal)).unwrap_or_default()
    }

    /// The text, name or literal as written.
    pub(crate) fn written(&self, id: NodeId, end: u32) -> &[u8] {
        self.text.get(self.start(id)..end as usize).unwrap_or_default()
    }

    pub(crate) fn line(&self, offset: usize) -> usize {
        1 + memchr::memchr_iter(b'\n', &self.text[..offset.min(self.text.len())]).count()
    }

    /// `file`: the name to report, which differs where one parsed text stands in several places.
    pub(crate) fn position(&self, id: NodeId, file: &Arc<str>) -> Position {
        let start = self.start(id);
        let line_start = memchr::memrchr(b'\n', &self.text[..start]).map_or(0, |newline| newline + 1);
        Position { source: file.clone(), line: self.line(start), column: start - line_start }
    }

    /// Whether the list has nothing but white space (`IsEmptyTree` in text/template/parse).
    pub(crate) fn is_blank(&self, list: NodeId) -> bool {
        match self.node(list) {
            Node::List(items) => self.children(*items).iter().all(|&item| match self.node(item) {
                Node::Text { end } => self.written(item, *end).trim_ascii().is_empty(),
                _ => false,
            }),
            _ => false,
        }
    }

    /// The node as Go prints it: normalised spacing, literals as written.
    pub(crate) fn print(&self, id: NodeId) -> String {
        let mut out = String::new();
        self.print_to(&mut out, id);
        out
    }

    fn print_to(&self, out: &mut String, id: NodeId) {
        match self.node(id) {
            Node::Pipe(pipe) => self.print_pipe(out, *pipe),
            Node::Command(arguments) => self.print_arguments(out, self.children(*arguments)),
            Node::Variable(names) | Node::Field(names) => push(out, self.piece(*names)),
            Node::Chain(node, names) => {
                self.print_argument(out, *node);
                push(out, self.piece(*names));
            }
            Node::Dot => out.push('.'),
            Node::Nil => out.push_str("nil"),
            Node::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Node::Text { end } | Node::Identifier { end } | Node::Number { end, .. } | Node::String { end, .. } => {
                push(out, self.written(id, *end))
            }
            Node::Action(pipe) => {
                out.push_str("{{");
                self.print_to(out, *pipe);
                out.push_str("}}");
            }
            Node::Template { name, pipe } => {
                out.push_str("{{template ");
                out.push_str(&quoted(String::from_utf8_lossy(&self.unquoted(*name)).as_bytes()));
                if let Some(pipe) = pipe {
                    out.push(' ');
                    self.print_to(out, *pipe);
                }
                out.push_str("}}");
            }
            Node::Break => out.push_str("{{break}}"),
            Node::Continue => out.push_str("{{continue}}"),
            Node::End => out.push_str("{{end}}"),
            Node::Else => out.push_str("{{else}}"),
            // Errors never point at these.
            Node::List(_) | Node::If(_) | Node::Range(_) | Node::With(_) => {}
        }
    }

    fn print_pipe(&self, out: &mut String, pipe: Pipe) {
        let declared = self.children(pipe.declared);
        for (index, &variable) in declared.iter().enumerate() {
            out.push_str(if index > 0 { ", " } else { "" });
            self.print_to(out, variable);
        }
        if !declared.is_empty() {
            out.push_str(if pipe.assigns { " = " } else { " := " });
        }
        for (index, &command) in self.children(pipe.commands).iter().enumerate() {
            out.push_str(if index > 0 { " | " } else { "" });
            self.print_to(out, command);
        }
    }

    fn print_arguments(&self, out: &mut String, arguments: &[NodeId]) {
        for (index, &argument) in arguments.iter().enumerate() {
            out.push_str(if index > 0 { " " } else { "" });
            self.print_argument(out, argument);
        }
    }

    fn print_argument(&self, out: &mut String, argument: NodeId) {
        let parenthesised = matches!(self.node(argument), Node::Pipe(_));
        out.push_str(if parenthesised { "(" } else { "" });
        self.print_to(out, argument);
        out.push_str(if parenthesised { ")" } else { "" });
    }
}

/// Sources are bounded far below 4 GiB, and everything that is counted takes at least a byte of source.
pub(crate) fn place(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn push(out: &mut String, text: &[u8]) {
    out.push_str(&String::from_utf8_lossy(text));
}
