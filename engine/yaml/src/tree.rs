//! Tokens to a tree of nodes: the grammar of YAML 1.1 as libyaml parses it.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::Error;
use crate::cursor::Mark;
use crate::scanner::{MAX_DEPTH, Scanner};
use crate::token::{TokenKind, parse_error};

const CORE_PREFIX: &str = "tag:yaml.org,2002:";

/// Index of a node in [`Tree::nodes`].
pub(crate) type NodeId = usize;

pub(crate) struct Tree<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) root: Option<NodeId>,
}

pub(crate) struct Node<'a> {
    /// From 0.
    pub(crate) line: usize,
    pub(crate) kind: NodeKind<'a>,
}

pub(crate) enum NodeKind<'a> {
    Scalar {
        value: Cow<'a, str>,
        /// The full tag; empty if none is given.
        tag: String,
        /// The type follows from the look of the value.
        implicit: bool,
    },
    Sequence(Vec<NodeId>),
    /// Keys and values in the order of the text, duplicates included.
    Mapping(Vec<(NodeId, NodeId)>),
    Alias {
        target: NodeId,
        name: &'a str,
    },
}

/// Parses the first document of `text`.
pub(crate) fn parse(text: &str) -> Result<Tree<'_>, Error> {
    let mut parser = Parser {
        scanner: Scanner::new(text),
        nodes: Vec::new(),
        anchors: HashMap::new(),
        handles: vec![("!", "!".to_owned()), ("!!", CORE_PREFIX.to_owned())],
        depth: 0,
    };
    let root = parser.document()?;
    Ok(Tree { nodes: parser.nodes, root })
}

/// What may stand at a place in the grammar.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Inside brackets.
    Flow,
    /// An entry of a block sequence, or a whole document.
    Block,
    /// A key or value of a block mapping, where a sequence needs no indentation.
    BlockEntry,
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    nodes: Vec<Node<'a>>,
    anchors: HashMap<&'a str, NodeId>,
    /// Tag handles and the prefixes they stand for.
    handles: Vec<(&'a str, String)>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn at(&mut self, kinds: &[TokenKind<'static>]) -> Result<bool, Error> {
        let token = self.scanner.peek()?;
        Ok(kinds.iter().any(|kind| std::mem::discriminant(kind) == std::mem::discriminant(&token.kind)))
    }

    fn error(&mut self, problem: &str) -> Error {
        match self.scanner.peek() {
            Ok(token) => parse_error(token.start, problem),
            Err(error) => error,
        }
    }

    fn add(&mut self, mark: Mark, kind: NodeKind<'a>) -> NodeId {
        self.nodes.push(Node { line: mark.line, kind });
        self.nodes.len() - 1
    }

    /// An absent value, which is null.
    fn absent(&mut self) -> Result<NodeId, Error> {
        let mark = self.scanner.peek()?.start;
        Ok(self.absent_at(mark))
    }

    fn absent_at(&mut self, mark: Mark) -> NodeId {
        self.add(mark, NodeKind::Scalar { value: Cow::Borrowed(""), tag: String::new(), implicit: true })
    }

    /// document := node? | directive* '---' node?
    fn document(&mut self) -> Result<Option<NodeId>, Error> {
        use TokenKind::{DocumentEnd, DocumentStart, StreamEnd};
        if self.at(&[StreamEnd])? {
            return Ok(None);
        }
        let explicit = self.directives()?;
        if explicit && !self.at(&[DocumentStart])? {
            return Err(self.error("did not find expected <document start>"));
        }
        if self.at(&[DocumentStart])? {
            self.scanner.next()?;
            if self.at(&[DocumentStart, DocumentEnd, StreamEnd])? || self.at_directive()? {
                return self.absent().map(Some);
            }
        }
        let root = self.node(Place::Block)?;
        // What follows must at least scan.
        self.scanner.peek()?;
        Ok(Some(root))
    }

    fn at_directive(&mut self) -> Result<bool, Error> {
        let kind = &self.scanner.peek()?.kind;
        Ok(matches!(kind, TokenKind::Version { .. } | TokenKind::TagDirective { .. }))
    }

    /// Whether there were directives.
    fn directives(&mut self) -> Result<bool, Error> {
        let (mut versions, mut own_handles) = (0, Vec::new());
        while self.at_directive()? {
            let token = self.scanner.next()?;
            match token.kind {
                TokenKind::Version { .. } if versions > 0 => {
                    return Err(parse_error(token.start, "found duplicate %YAML directive"));
                }
                TokenKind::Version { major: 1, minor: 1 } => versions += 1,
                TokenKind::TagDirective { handle, .. } if own_handles.contains(&handle) => {
                    return Err(parse_error(token.start, "found duplicate %TAG directive"));
                }
                TokenKind::TagDirective { handle, prefix } => {
                    own_handles.push(handle);
                    self.handles.insert(0, (handle, prefix));
                }
                _ => return Err(parse_error(token.start, "found incompatible YAML document")),
            }
        }
        Ok(versions > 0 || !own_handles.is_empty())
    }

    /// node := alias | (anchor | tag)* (scalar | sequence | mapping)?
    fn node(&mut self, place: Place) -> Result<NodeId, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(&format!("exceeded max depth of {MAX_DEPTH}")));
        }
        let start = self.scanner.peek()?.start;
        if let TokenKind::Alias(name) = self.scanner.peek()?.kind {
            self.scanner.next()?;
            self.depth -= 1;
            let target = *self
                .anchors
                .get(name)
                .ok_or_else(|| Error::yaml(format!("yaml: unknown anchor '{name}' referenced")))?;
            return Ok(self.add(start, NodeKind::Alias { target, name }));
        }
        let (anchor, tag) = self.properties()?;
        // The place is taken before the content, so that an alias inside finds it.
        let id = self.add(start, NodeKind::Sequence(Vec::new()));
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
        let kind = self.content(place, anchor.is_some(), tag)?;
        if let Some(node) = self.nodes.get_mut(id) {
            node.kind = kind;
        }
        self.depth -= 1;
        Ok(id)
    }

    fn properties(&mut self) -> Result<(Option<&'a str>, Option<String>), Error> {
        let (mut anchor, mut tag) = (None, None);
        loop {
            match &self.scanner.peek()?.kind {
                TokenKind::Anchor(_) if anchor.is_none() => {
                    if let TokenKind::Anchor(name) = self.scanner.next()?.kind {
                        anchor = Some(name);
                    }
                }
                TokenKind::Tag { .. } if tag.is_none() => {
                    let token = self.scanner.next()?;
                    if let TokenKind::Tag { handle, suffix } = token.kind {
                        tag = Some(self.full_tag(handle, suffix, token.start)?);
                    }
                }
                _ => return Ok((anchor, tag)),
            }
        }
    }

    fn full_tag(&self, handle: &str, suffix: String, mark: Mark) -> Result<String, Error> {
        if handle.is_empty() {
            return Ok(suffix);
        }
        let prefix = self.handles.iter().find(|(known, _)| *known == handle).map(|(_, prefix)| prefix);
        let prefix = prefix.ok_or_else(|| parse_error(mark, "found undefined tag handle"))?;
        Ok(format!("{prefix}{suffix}"))
    }

    fn content(&mut self, place: Place, anchored: bool, tag: Option<String>) -> Result<NodeKind<'a>, Error> {
        let block = place != Place::Flow;
        match &self.scanner.peek()?.kind {
            TokenKind::BlockEntry if place == Place::BlockEntry => self.indentless_sequence(),
            TokenKind::FlowSequenceStart => self.flow_sequence(),
            TokenKind::FlowMappingStart => self.flow_mapping(),
            TokenKind::BlockSequenceStart if block => self.block_sequence(),
            TokenKind::BlockMappingStart if block => self.block_mapping(),
            TokenKind::Scalar { .. } => {
                let token = self.scanner.next()?;
                let TokenKind::Scalar { value, plain } = token.kind else {
                    return Err(parse_error(token.start, "did not find expected node content"));
                };
                // A lone `!` makes the value a string.
                let implicit = plain && tag.is_none();
                Ok(NodeKind::Scalar { value, tag: tag.filter(|tag| tag != "!").unwrap_or_default(), implicit })
            }
            _ if anchored || tag.is_some() => {
                let implicit = tag.is_none();
                Ok(NodeKind::Scalar { value: Cow::Borrowed(""), tag: tag.unwrap_or_default(), implicit })
            }
            _ => Err(self.error("did not find expected node content")),
        }
    }

    /// block_sequence := START ('-' node?)* END
    fn block_sequence(&mut self) -> Result<NodeKind<'a>, Error> {
        use TokenKind::{BlockEnd, BlockEntry};
        self.scanner.next()?;
        let mut items = Vec::new();
        while self.at(&[BlockEntry])? {
            self.scanner.next()?;
            let absent = self.at(&[BlockEntry, BlockEnd])?;
            items.push(if absent { self.absent()? } else { self.node(Place::Block)? });
        }
        if !self.at(&[BlockEnd])? {
            return Err(self.error("did not find expected '-' indicator"));
        }
        self.scanner.next()?;
        Ok(NodeKind::Sequence(items))
    }

    /// indentless_sequence := ('-' node?)+
    fn indentless_sequence(&mut self) -> Result<NodeKind<'a>, Error> {
        use TokenKind::{BlockEnd, BlockEntry, Key, Value};
        let mut items = Vec::new();
        while self.at(&[BlockEntry])? {
            self.scanner.next()?;
            let absent = self.at(&[BlockEntry, Key, Value, BlockEnd])?;
            items.push(if absent { self.absent()? } else { self.node(Place::Block)? });
        }
        Ok(NodeKind::Sequence(items))
    }

    /// block_mapping := START (KEY node? (VALUE node?)?)* END
    fn block_mapping(&mut self) -> Result<NodeKind<'a>, Error> {
        use TokenKind::{BlockEnd, Key, Value};
        self.scanner.next()?;
        let mut entries = Vec::new();
        while self.at(&[Key])? {
            self.scanner.next()?;
            let absent = self.at(&[Key, Value, BlockEnd])?;
            let key = if absent { self.absent()? } else { self.node(Place::BlockEntry)? };
            entries.push((key, self.block_value()?));
        }
        if !self.at(&[BlockEnd])? {
            return Err(self.error("did not find expected key"));
        }
        self.scanner.next()?;
        Ok(NodeKind::Mapping(entries))
    }

    fn block_value(&mut self) -> Result<NodeId, Error> {
        use TokenKind::{BlockEnd, Key, Value};
        if !self.at(&[Value])? {
            return self.absent();
        }
        let colon = self.scanner.next()?.start;
        if self.at(&[Key, Value, BlockEnd])? { Ok(self.absent_at(colon)) } else { self.node(Place::BlockEntry) }
    }

    /// flow_sequence := '[' (entry (',' entry)* ','?)? ']'; entry := node | KEY node? (VALUE node?)?
    fn flow_sequence(&mut self) -> Result<NodeKind<'a>, Error> {
        use TokenKind::{FlowEntry, FlowSequenceEnd, Key, Value};
        self.scanner.next()?;
        let mut items = Vec::new();
        while !self.at(&[FlowSequenceEnd])? {
            if !items.is_empty() {
                self.flow_separator("did not find expected ',' or ']'")?;
                if self.at(&[FlowSequenceEnd])? {
                    break;
                }
            }
            if !self.at(&[Key])? {
                items.push(self.node(Place::Flow)?);
                continue;
            }
            let start = self.scanner.next()?.start;
            let absent = self.at(&[Value, FlowEntry, FlowSequenceEnd])?;
            let key = if absent { self.absent()? } else { self.node(Place::Flow)? };
            if absent {
                // libyaml passes over the token that showed the key to be absent, whatever it was.
                self.scanner.next()?;
            }
            let value = self.flow_value(&[FlowEntry, FlowSequenceEnd])?;
            items.push(self.add(start, NodeKind::Mapping(vec![(key, value)])));
        }
        self.scanner.next()?;
        Ok(NodeKind::Sequence(items))
    }

    /// flow_mapping := '{' (entry (',' entry)* ','?)? '}'
    fn flow_mapping(&mut self) -> Result<NodeKind<'a>, Error> {
        use TokenKind::{FlowEntry, FlowMappingEnd, Key, Value};
        self.scanner.next()?;
        let mut entries = Vec::new();
        while !self.at(&[FlowMappingEnd])? {
            if !entries.is_empty() {
                self.flow_separator("did not find expected ',' or '}'")?;
                if self.at(&[FlowMappingEnd])? {
                    break;
                }
            }
            if !self.at(&[Key])? {
                let key = self.node(Place::Flow)?;
                entries.push((key, self.absent()?));
                continue;
            }
            self.scanner.next()?;
            let absent = self.at(&[Value, FlowEntry, FlowMappingEnd])?;
            let key = if absent { self.absent()? } else { self.node(Place::Flow)? };
            entries.push((key, self.flow_value(&[FlowEntry, FlowMappingEnd])?));
        }
        self.scanner.next()?;
        Ok(NodeKind::Mapping(entries))
    }

    fn flow_separator(&mut self, problem: &str) -> Result<(), Error> {
        if !self.at(&[TokenKind::FlowEntry])? {
            return Err(self.error(problem));
        }
        self.scanner.next().map(drop)
    }

    fn flow_value(&mut self, ends: &[TokenKind<'static>]) -> Result<NodeId, Error> {
        if !self.at(&[TokenKind::Value])? {
            return self.absent();
        }
        self.scanner.next()?;
        if self.at(ends)? { self.absent() } else { self.node(Place::Flow) }
    }
}
