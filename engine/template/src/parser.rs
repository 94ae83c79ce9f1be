//! Tokens to trees: one function for each production of the grammar, as in Go's text/template/parse.

mod pipeline;
mod tokens;

use std::sync::Arc;

use crate::ast::{Branch, Children, Node, NodeId, Source, Span, place};
use crate::error::Error;
use crate::lexer::{Keyword, Lexer, Token, TokenKind};
use crate::limits::{PARSE_DEPTH, SOURCE_BYTES};
use crate::literal::{quoted, unquote};

/// A text and the templates that it defines, the text itself last.
pub(crate) struct Parsed {
    pub(crate) source: Source,
    pub(crate) trees: Vec<(Arc<str>, NodeId)>,
}

/// Parses `text` under `name`. `has_function` tells which identifiers are functions.
///
/// # Errors
/// Go's message and the line of the token at which it was noticed.
pub(crate) fn parse(name: &str, text: &Arc<[u8]>, has_function: &dyn Fn(&[u8]) -> bool) -> Result<Parsed, Error> {
    let name: Arc<str> = name.into();
    if text.len() > SOURCE_BYTES {
        return Err(Error::parse(&name, 1, format!("template has more than {SOURCE_BYTES} bytes")));
    }
    let mut parser = Parser {
        lexer: Lexer::new(text),
        name: name.clone(),
        whole: text,
        source: Source::new(text.clone()),
        pending: Vec::new(),
        trees: Vec::new(),
        state: State::new(),
        depth: 0,
        has_function,
    };
    let root = parser.top()?;
    parser.add_tree(name, root)?;
    Ok(Parsed { source: parser.source, trees: parser.trees })
}

struct Parser<'p> {
    lexer: Lexer<'p>,
    name: Arc<str>,
    whole: &'p [u8],
    source: Source,
    /// Children whose parents are not complete: those of the innermost one last.
    pending: Vec<NodeId>,
    trees: Vec<(Arc<str>, NodeId)>,
    state: State<'p>,
    /// Native recursion: parentheses and control structures.
    depth: usize,
    has_function: &'p dyn Fn(&[u8]) -> bool,
}

/// What Go keeps for each tree; `define` and `block` start afresh.
struct State<'p> {
    /// Look-ahead, the token that was read last first.
    tokens: [Token; 3],
    peeked: usize,
    variables: Vec<&'p [u8]>,
    ranges: usize,
    /// Where the action starts that is being parsed.
    action: Option<usize>,
}

impl State<'_> {
    fn new() -> Self {
        let token = || Token { kind: TokenKind::End, start: 0, end: 0 };
        let variables = vec![b"$".as_slice()];
        Self { tokens: [token(), token(), token()], peeked: 0, variables, ranges: 0, action: None }
    }
}

type Parse<T> = Result<T, Error>;

impl Parser<'_> {
    /// top: { define | textOrAction }
    fn top(&mut self) -> Parse<NodeId> {
        let start = self.peek().start;
        let from = self.pending.len();
        while self.peek().kind != TokenKind::End {
            if self.peek().kind == TokenKind::LeftDelim {
                let delim = self.next();
                if self.next_non_space().kind == TokenKind::Keyword(Keyword::Define) {
                    self.definition()?;
                    continue;
                }
                self.backup2(delim);
            }
            let node = self.text_or_action()?;
            if matches!(self.source.node(node), Node::End | Node::Else) {
                return Err(self.error(format!("unexpected {}", self.source.print(node))));
            }
            self.pending.push(node);
        }
        let items = self.gather(from);
        Ok(self.source.add(start, Node::List(items)))
    }

    /// definition: string "}}" itemList "{{end}}". The "{{define" has been read.
    fn definition(&mut self) -> Parse<()> {
        let outer = std::mem::replace(&mut self.state, State::new());
        let token = self.next_non_space();
        let name = match token.kind {
            TokenKind::String | TokenKind::RawString => self.template_name(&token)?,
            _ => return Err(self.unexpected(&token, "define clause")),
        };
        self.expect(TokenKind::RightDelim, "define clause")?;
        let root = self.body("define clause")?;
        self.add_tree(name, root)?;
        self.state = outer;
        Ok(())
    }

    /// The body of a define or block, up to its end.
    fn body(&mut self, context: &str) -> Parse<NodeId> {
        let (list, end) = self.item_list()?;
        match self.source.node(end) {
            Node::End => Ok(list),
            _ => Err(self.error(format!("unexpected {} in {context}", self.source.print(end)))),
        }
    }

    /// Within one text a template may be defined twice only if one of them is blank; the other one counts.
    fn add_tree(&mut self, name: Arc<str>, root: NodeId) -> Parse<()> {
        let Some(index) = self.trees.iter().position(|(known, _)| *known == name) else {
            self.trees.push((name, root));
            return Ok(());
        };
        if self.source.is_blank(self.trees[index].1) {
            self.trees[index].1 = root;
        } else if !self.source.is_blank(root) {
            let name = quoted(name.as_bytes());
            return Err(self.error(format!("template: multiple definition of template {name}")));
        }
        Ok(())
    }

    /// itemList: { textOrAction } ("{{end}}" | "{{else}}"). The terminator is returned separately.
    fn item_list(&mut self) -> Parse<(NodeId, NodeId)> {
        self.descend()?;
        let start = self.peek_non_space().start;
        let from = self.pending.len();
        while self.peek_non_space().kind != TokenKind::End {
            let node = self.text_or_action()?;
            if matches!(self.source.node(node), Node::End | Node::Else) {
                self.depth -= 1;
                let items = self.gather(from);
                return Ok((self.source.add(start, Node::List(items)), node));
            }
            self.pending.push(node);
        }
        Err(self.error("unexpected EOF"))
    }

    /// textOrAction: text | action
    fn text_or_action(&mut self) -> Parse<NodeId> {
        let token = self.next_non_space();
        match token.kind {
            TokenKind::Text => Ok(self.source.add(token.start, Node::Text { end: place(token.end) })),
            TokenKind::LeftDelim => {
                self.state.action = Some(token.start);
                let node = self.action();
                self.state.action = None;
                node
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    /// action: control | command ("|" command)*. The left delimiter has been read.
    fn action(&mut self) -> Parse<NodeId> {
        let token = self.next_non_space();
        if let TokenKind::Keyword(keyword) = token.kind {
            match keyword {
                Keyword::Block => return self.block(),
                Keyword::Break => return self.jump(token.start, "{{break}}", Node::Break),
                Keyword::Continue => return self.jump(token.start, "{{continue}}", Node::Continue),
                Keyword::Else => return self.otherwise(),
                Keyword::End => {
                    let delim = self.expect(TokenKind::RightDelim, "end")?;
                    return Ok(self.source.add(delim.start, Node::End));
                }
                Keyword::If => return self.control("if"),
                Keyword::Range => return self.control("range"),
                Keyword::With => return self.control("with"),
                Keyword::Template => return self.template(),
                Keyword::Define => {}
            }
        }
        self.backup();
        let start = self.peek().start;
        // Variables declared here live until the enclosing end.
        let pipe = self.pipeline("command", TokenKind::RightDelim)?;
        Ok(self.source.add(start, Node::Action(pipe)))
    }

    /// jump: ("break" | "continue") "}}"
    fn jump(&mut self, start: usize, name: &str, node: Node) -> Parse<NodeId> {
        let token = self.next_non_space();
        if token.kind != TokenKind::RightDelim {
            return Err(self.unexpected(&token, name));
        }
        if self.state.ranges == 0 {
            return Err(self.error(format!("{name} outside {{{{range}}}}")));
        }
        Ok(self.source.add(start, node))
    }

    /// control: ("if" | "range" | "with") pipeline "}}" itemList ["{{else}}" itemList] "{{end}}"
    fn control(&mut self, keyword: &'static str) -> Parse<NodeId> {
        self.descend()?;
        let outer = self.state.variables.len();
        let pipe = self.pipeline(keyword, TokenKind::RightDelim)?;
        let is_range = keyword == "range";
        self.state.ranges += usize::from(is_range);
        let (list, end) = self.item_list()?;
        self.state.ranges -= usize::from(is_range);
        let otherwise = match self.source.node(end) {
            Node::Else => Some(self.else_list(keyword, self.source.start(end))?),
            _ => None,
        };
        self.state.variables.truncate(outer);
        self.depth -= 1;
        let branch = Branch { pipe, list, otherwise };
        let node = match keyword {
            "if" => Node::If(branch),
            "range" => Node::Range(branch),
            _ => Node::With(branch),
        };
        Ok(self.source.add(self.source.start(pipe), node))
    }

    /// elseList: ("if" | "with") control | itemList "{{end}}". `{{else if x}}` is `{{else}}{{if x}}` with one end.
    fn else_list(&mut self, keyword: &'static str, start: usize) -> Parse<NodeId> {
        let chained = match self.peek().kind {
            TokenKind::Keyword(Keyword::If) => keyword == "if",
            TokenKind::Keyword(Keyword::With) => keyword == "with",
            _ => false,
        };
        if chained {
            self.next();
            let nested = self.control(keyword)?;
            let items = self.source.group(&[nested]);
            return Ok(self.source.add(start, Node::List(items)));
        }
        let (list, end) = self.item_list()?;
        match self.source.node(end) {
            Node::End => Ok(list),
            _ => Err(self.error(format!("expected end; found {}", self.source.print(end)))),
        }
    }

    /// else: "else" ("}}" | "if" | "with"). A chained keyword is left for `else_list`.
    fn otherwise(&mut self) -> Parse<NodeId> {
        let next = self.peek_non_space();
        if matches!(next.kind, TokenKind::Keyword(Keyword::If | Keyword::With)) {
            return Ok(self.source.add(next.start, Node::Else));
        }
        let delim = self.expect(TokenKind::RightDelim, "else")?;
        Ok(self.source.add(delim.start, Node::Else))
    }

    /// block: string pipeline "}}" itemList "{{end}}": a definition and its call.
    fn block(&mut self) -> Parse<NodeId> {
        let token = self.next_non_space();
        let (name, written) = self.clause_name(&token, "block clause")?;
        let pipe = self.pipeline("block clause", TokenKind::RightDelim)?;
        let outer = std::mem::replace(&mut self.state, State::new());
        let root = self.body("block clause")?;
        self.add_tree(name, root)?;
        self.state = outer;
        Ok(self.source.add(token.start, Node::Template { name: written, pipe: Some(pipe) }))
    }

    /// template: string [pipeline] "}}"
    fn template(&mut self) -> Parse<NodeId> {
        let token = self.next_non_space();
        let (_, name) = self.clause_name(&token, "template clause")?;
        let mut pipe = None;
        if self.next_non_space().kind != TokenKind::RightDelim {
            self.backup();
            pipe = Some(self.pipeline("template clause", TokenKind::RightDelim)?);
        }
        Ok(self.source.add(token.start, Node::Template { name, pipe }))
    }

    /// A template's name, and where it is written.
    fn clause_name(&mut self, token: &Token, context: &str) -> Parse<(Arc<str>, Span)> {
        match token.kind {
            TokenKind::String | TokenKind::RawString => {
                Ok((self.template_name(token)?, Span::new(token.start, token.end)))
            }
            _ => Err(self.unexpected(token, context)),
        }
    }

    fn template_name(&mut self, token: &Token) -> Parse<Arc<str>> {
        let name = unquote(self.text(token)).ok_or_else(|| self.error("invalid syntax"))?;
        Ok(String::from_utf8_lossy(&name).into())
    }

    /// The pending nodes from that one on, now children of one node.
    fn gather(&mut self, from: usize) -> Children {
        let children = self.source.group(self.pending.get(from..).unwrap_or_default());
        self.pending.truncate(from);
        children
    }

    /// One level deeper; the caller comes back up itself.
    fn descend(&mut self) -> Parse<()> {
        self.depth += 1;
        if self.depth > PARSE_DEPTH {
            return Err(self.error("max expression depth exceeded"));
        }
        Ok(())
    }
}
