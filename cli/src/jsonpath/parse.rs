//! A text to its nodes.
//!
//! ```text
//! template = { text | "{" node { node } "}" }
//! node     = "." field | ".." [ field ] | "[" index "]" | "[?(" filter ")]" | quoted | number | word
//! ```

use helmx_template::format::quoted;

use super::{End, Node, Part, Range};

/// How deep filters may be within filters.
const MAX_DEPTH: usize = 50;

/// Reads a whole template.
pub fn parts(text: &str, depth: usize) -> Result<Vec<Part>, String> {
    if depth > MAX_DEPTH {
        return Err(format!("more than {MAX_DEPTH} filters within each other"));
    }
    let mut reader = Reader { rest: text, depth };
    let mut parts = Vec::new();
    while let Some((before, action)) = reader.rest.split_once('{') {
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        reader.rest = action;
        parts.push(Part::Action(reader.action()?));
    }
    if !reader.rest.is_empty() {
        parts.push(Part::Text(reader.rest.to_owned()));
    }
    Ok(parts)
}

/// Reads what could stand between braces, and nothing behind it.
fn action(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    match parts(&format!("{{{text}}}"), depth + 1)?.into_iter().next() {
        Some(Part::Action(nodes)) => Ok(nodes),
        Some(Part::Text(_)) | None => Ok(Vec::new()),
    }
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Reader<'t> {
    /// Reads nodes up to the closing brace, and that.
    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        loop {
            if self.passed("}") {
                return Ok(nodes);
            }
            if self.passed("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if self.passed("..") {
                if nodes.last() == Some(&Node::Deep) {
                    return Err("invalid multiple recursive descent".to_owned());
                }
                nodes.push(Node::Deep);
                if self.rest.starts_with(is_word) {
                    nodes.push(self.field());
                }
                continue;
            }
            self.node(&mut nodes)?;
        }
    }

    fn node(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        let whole = self.rest;
        let first = whole.chars().next().filter(|first| !matches!(first, '\r' | '\n')).ok_or("unclosed action")?;
        self.rest = whole.get(first.len_utf8()..).unwrap_or_default();
        match first {
            // The value at hand is what every node begins with.
            ' ' | '@' | '$' => {}
            '[' => nodes.extend(self.index()?),
            '"' | '\'' => nodes.push(self.quote(whole, first)?),
            '.' => nodes.push(self.field()),
            '+' | '-' | '0'..='9' => nodes.push(self.number(whole)?),
            _ if is_word(first) => {
                self.rest = whole;
                let word = self.take(whole.find(is_terminator).unwrap_or(whole.len()));
                nodes.push(match word {
                    "true" => Node::Bool(true),
                    "false" => Node::Bool(false),
                    word => Node::Word(word.to_owned()),
                });
            }
            other => return Err(format!("unrecognized character in action: {}", code_point(other))),
        }
        Ok(())
    }

    fn passed(&mut self, prefix: &str) -> bool {
        self.rest.strip_prefix(prefix).is_some_and(|rest| {
            self.rest = rest;
            true
        })
    }

    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// A name up to a terminator; `\` makes the next character a part of it.
    fn field(&mut self) -> Node {
        let (mut length, mut escaped) = (self.rest.len(), false);
        for (at, character) in self.rest.char_indices() {
            if !escaped && is_terminator(character) {
                length = at;
                break;
            }
            escaped = !escaped && character == '\\';
        }
        match self.take(length) {
            "*" => Node::All,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn number(&mut self, whole: &'t str) -> Result<Node, String> {
        let digits = self.rest.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(self.rest.len());
        self.rest = whole;
        let sign = usize::from(whole.starts_with(['+', '-']));
        let first = usize::from(sign == 0);
        let text = self.take(sign + first + digits);
        match (text.parse(), text.parse()) {
            (Ok(number), _) => Ok(Node::Int(number)),
            (_, Ok(number)) => Ok(Node::Float(number)),
            _ => Err(format!("cannot parse number {text}")),
        }
    }

    fn quote(&mut self, whole: &'t str, quote: char) -> Result<Node, String> {
        let end = closing(self.rest, quote).ok_or("unterminated quoted string")?;
        let inner = self.take(end);
        self.take(1);
        let literal = whole.get(..end + 2).unwrap_or(whole);
        unquoted(inner, quote).map(Node::Text).ok_or_else(|| format!("unquote string {literal} error invalid syntax"))
    }

    /// What stands between brackets: an element, a slice, a name, or several of them.
    fn index(&mut self) -> Result<Vec<Node>, String> {
        let end = self.rest.find([']', '\n']).filter(|at| self.rest[*at..].starts_with(']'));
        let text = self.take(end.ok_or("unterminated array")?);
        self.take(1);
        if text.contains(',') {
            let one = |part: &str| action(&format!("[{}]", part.trim_matches(' ')), self.depth);
            return Ok(vec![Node::Union(text.split(',').map(one).collect::<Result<_, _>>()?)]);
        }
        let name = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).filter(|name| !name.contains('\''));
        if let Some(name) = name {
            return action(&format!(".{name}"), self.depth);
        }
        Ok(vec![Node::Elements(range(if text == "*" { ":" } else { text })?)])
    }

    fn filter(&mut self) -> Result<Node, String> {
        let length = filter_length(self.rest).ok_or("unterminated filter")?;
        let text = self.take(length);
        self.take(1);
        if !self.passed("]") {
            return Err("unclosed array expect ]".to_owned());
        }
        let Some((left, test, right)) = comparison(text) else {
            let left = action(text, self.depth)?;
            return Ok(Node::Filter { left, test: "exists".to_owned(), right: Vec::new() });
        };
        let (left, right) = (action(left, self.depth)?, action(right, self.depth)?);
        Ok(Node::Filter { left, test: test.to_owned(), right })
    }
}

/// Where the parenthesis of a filter closes: not within the first quoted text.
fn filter_length(text: &str) -> Option<usize> {
    let (mut open, mut closed, mut before) = (None, false, '\0');
    for (at, character) in text.char_indices() {
        match (character, open) {
            ('\n', _) => return None,
            ('"' | '\'', None) => open = Some(character),
            ('"' | '\'', Some(quote)) => closed |= before != '\\' && character == quote,
            (')', _) if open.is_some() == closed => return Some(at),
            _ => {}
        }
        before = character;
    }
    None
}

/// `left OP right`, where OP is made of `!<>=`.
fn comparison(text: &str) -> Option<(&str, &str, &str)> {
    let is_test = |c: char| "!<>=".contains(c);
    let start = text.find(is_test).filter(|start| *start > 0)?;
    let (left, rest) = text.split_at(start);
    let length = rest.find(|c| !is_test(c)).unwrap_or(rest.len());
    // Something must be left to compare with.
    let length = if length == rest.len() { length - 1 } else { length };
    let (test, right) = rest.split_at(length);
    (!test.is_empty()).then_some((left, test, right))
}

/// `start:end:step`, each of them optional.
fn range(text: &str) -> Result<Range, String> {
    let fields: Vec<&str> = text.split(':').collect();
    let is_number = |field: &&str| field.strip_prefix('-').unwrap_or(field).bytes().all(|byte| byte.is_ascii_digit());
    if fields.len() > 3 || !fields.iter().all(is_number) {
        return Err(format!("invalid array index {text}"));
    }
    let number = |at: usize| match fields.get(at) {
        None | Some(&"") => Ok(None),
        Some(field) => field.parse().map(Some).map_err(|_| format!("array index {field} is not a number")),
    };
    let end = match number(1)? {
        Some(end) => End::At(end),
        None if fields.len() > 1 => End::Open,
        None => End::Single,
    };
    Ok(Range { start: number(0)?, end, step: number(2)? })
}

/// Where a quoted text closes.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut before = quote;
    for (at, character) in text.char_indices() {
        match character {
            '\n' => return None,
            character if character == quote && before != '\\' => return Some(at),
            character => before = character,
        }
    }
    None
}

/// Takes Go's escapes out of a text.
fn unquoted(text: &str, quote: char) -> Option<String> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        if first != '\\' {
            out.extend_from_slice(first.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let escape = rest.chars().next()?;
        rest = &rest[escape.len_utf8()..];
        let simple = match escape {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '\\' => b'\\',
            character if character == quote => quote as u8,
            'x' | 'u' | 'U' | '0'..='7' => {
                rest = coded(escape, rest, &mut out)?;
                continue;
            }
            _ => return None,
        };
        out.push(simple);
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// A character by its number; returns what follows.
fn coded<'t>(escape: char, rest: &'t str, out: &mut Vec<u8>) -> Option<&'t str> {
    let (length, radix) = match escape {
        'x' => (2, 16),
        'u' => (4, 16),
        'U' => (8, 16),
        _ => (2, 8),
    };
    let digits = rest.get(..length).filter(|digits| digits.chars().all(|digit| digit.is_digit(radix)))?;
    let number = u32::from_str_radix(digits, radix).ok()?;
    match escape {
        'x' => out.push(u8::try_from(number).ok()?),
        'u' | 'U' => out.extend_from_slice(char::from_u32(number)?.encode_utf8(&mut [0; 4]).as_bytes()),
        first => out.push(u8::try_from(first.to_digit(8)? * 64 + number).ok()?),
    }
    rest.get(length..)
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphabetic() || character.is_numeric()
}

fn is_terminator(character: char) -> bool {
    " \t\r\n.,[]$@{}".contains(character)
}

/// Go's `%#U`: `U+0078 'x'`.
fn code_point(character: char) -> String {
    let number = u32::from(character);
    let shown = if quoted(character.to_string().as_bytes()).contains('\\') && character != '\\' {
        String::new()
    } else {
        format!(" '{character}'")
    };
    format!("U+{number:04X}{shown}")
}

#[cfg(test)]
mod tests {
    use super::{super::Node, action, parts};

    #[test]
    fn what_is_no_template() {
        for (text, wanted) in [
            ("{.a", "unclosed action"),
            ("{.a\n}", "unclosed action"),
            ("{.a}{", "unclosed action"),
            ("{[}", "unterminated array"),
            ("{[x]}", "invalid array index x"),
            ("{[1:2:3:4]}", "invalid array index 1:2:3:4"),
            ("{[-]}", "array index - is not a number"),
            ("{[99999999999999999999]}", "array index 99999999999999999999 is not a number"),
            ("{.p[?(@.a}", "unterminated filter"),
            ("{.p[?(@.a)}", "unclosed array expect ]"),
            ("{.p[?(==1)]}", "unrecognized character in action: U+003D '='"),
            ("{.p[?(@.a==)]}", "unrecognized character in action: U+003D '='"),
            ("{'x}", "unterminated quoted string"),
            (r#"{"\q"}"#, r#"unquote string "\q" error invalid syntax"#),
            (r"{'\ud800'}", r"unquote string '\ud800' error invalid syntax"),
            ("{1.2.3}", "cannot parse number 1.2.3"),
            ("{-}", "cannot parse number -"),
            ("{....a}", "invalid multiple recursive descent"),
            ("{..*}", "unrecognized character in action: U+002A '*'"),
            ("{\t.a}", "unrecognized character in action: U+0009"),
        ] {
            assert_eq!(parts(text, 0), Err(wanted.to_owned()), "{text}");
        }
        let deep = format!("{}@{}", "[?(".repeat(100), ")]".repeat(100));
        assert!(parts(&format!("{{{deep}}}"), 0).is_err());
    }

    #[test]
    fn names_and_texts() {
        let field = |name: &str| Node::Field(name.to_owned());
        for (text, wanted) in [
            (r".a\.b.c", vec![field("a.b"), field("c")]),
            ("['a.b']", vec![field("a"), field("b")]),
            ("..a", vec![Node::Deep, field("a")]),
            (".", vec![field("")]),
            ("@.a", vec![field("a")]),
            (r"'it\'s' ", vec![Node::Text("it's".to_owned())]),
            (r#""\101\n""#, vec![Node::Text("A\n".to_owned())]),
        ] {
            assert_eq!(action(text, 0), Ok(wanted), "{text}");
        }
    }
}
