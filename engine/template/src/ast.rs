//! Syntax trees, and how a node prints itself in an error message.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::error::Position;
use crate::literal::{Number, quoted};
use crate::value::Str;

/// One parsed text: all nodes of all trees in it. A tree is named by its root.
pub(crate) struct Source {
    pub(crate) text: Arc<[u8]>,
    nodes: Vec<(u32, Node)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeId(u32);

/// Arguments and commands: few, so that most need no memory of their own.
pub(crate) type Few = SmallVec<[NodeId; 4]>;

/// What is large and rare is boxed: a chart has hundreds of thousands of nodes.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    List(Vec<NodeId>),
    /// Plain text, by its place in the source.
    Text {
        start: usize,
        end: usize,
    },
    Action(NodeId),
    Pipe(Box<Pipe>),
    Command(Few),
    Identifier(Str),
    /// `$x.a.b` as its names, `$x` first.
    Variable(Arc<[Str]>),
    /// `.a.b` as its names.
    Field(Arc<[Str]>),
    /// Fields of a parenthesised pipeline or of a function without arguments.
    Chain(NodeId, Arc<[Str]>),
    Dot,
    Nil,
    Bool(bool),
    /// `end`: where the literal ends in the source.
    Number {
        end: u32,
        number: Box<Number>,
    },
    String {
        end: u32,
        text: Str,
    },
    If(Branch),
    Range(Branch),
    With(Branch),
    Template {
        name: Arc<str>,
        pipe: Option<NodeId>,
    },
    Break,
    Continue,
    /// `{{end}}`: ends a list, never part of one.
    End,
    /// `{{else}}`: ends a list, never part of one.
    Else,
}

#[derive(Debug, Clone)]
pub(crate) struct Pipe {
    pub(crate) declared: Few,
    /// `=` instead of `:=`.
    pub(crate) assigns: bool,
    pub(crate) commands: Few,
}

#[derive(Debug, Clone)]
pub(crate) struct Branch {
    pub(crate) pipe: NodeId,
    pub(crate) list: NodeId,
    pub(crate) otherwise: Option<NodeId>,
}

impl Source {
    pub(crate) fn new(text: Arc<[u8]>) -> Self {
        Self { text, nodes: Vec::new() }
    }

    pub(crate) fn add(&mut self, start: usize, node: Node) -> NodeId {
        // Sources are bounded far below 4 GiB, and a node takes at least a byte of source.
        self.nodes.push((u32::try_from(start).unwrap_or(u32::MAX), node));
        NodeId(u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX))
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id.0 as usize).map_or(&Node::Nil, |(_, node)| node)
    }

    pub(crate) fn start(&self, id: NodeId) -> usize {
        self.nodes.get(id.0 as usize).map_or(0, |(start, _)| *start as usize)
    }

    /// The literal as written.
    pub(crate) fn literal(&self, id: NodeId, end: u32) -> &[u8] {
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
            Node::List(items) => items.iter().all(|&item| match self.node(item) {
                Node::Text { start, end } => self.text[*start..*end].trim_ascii().is_empty(),
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
            Node::Pipe(pipe) => self.print_pipe(out, pipe),
            Node::Command(arguments) => self.print_arguments(out, arguments),
            Node::Identifier(name) => push(out, name),
            Node::Variable(names) => print_variable(out, names),
            Node::Field(names) => print_fields(out, names),
            Node::Chain(node, names) => {
                self.print_argument(out, *node);
                print_fields(out, names);
            }
            Node::Dot => out.push('.'),
            Node::Nil => out.push_str("nil"),
            Node::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Node::Number { end, .. } | Node::String { end, .. } => push(out, self.literal(id, *end)),
            Node::Action(pipe) => {
                out.push_str("{{");
                self.print_to(out, *pipe);
                out.push_str("}}");
            }
            Node::Template { name, pipe } => {
                out.push_str("{{template ");
                out.push_str(&quoted(name.as_bytes()));
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
            Node::Text { start, end } => push(out, &self.text[*start..*end]),
            // Errors never point at these.
            Node::List(_) | Node::If(_) | Node::Range(_) | Node::With(_) => {}
        }
    }

    fn print_pipe(&self, out: &mut String, pipe: &Pipe) {
        for (index, &variable) in pipe.declared.iter().enumerate() {
            out.push_str(if index > 0 { ", " } else { "" });
            self.print_to(out, variable);
        }
        if !pipe.declared.is_empty() {
            out.push_str(if pipe.assigns { " = " } else { " := " });
        }
        for (index, &command) in pipe.commands.iter().enumerate() {
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

fn push(out: &mut String, text: &[u8]) {
    out.push_str(&String::from_utf8_lossy(text));
}

fn print_fields(out: &mut String, names: &[Str]) {
    for name in names {
        out.push('.');
        push(out, name);
    }
}

fn print_variable(out: &mut String, names: &[Str]) {
    if let Some((variable, fields)) = names.split_first() {
        push(out, variable);
        print_fields(out, fields);
    }
}
