//! URLs, by the rules of Go's net/url.

use helmx_template::{Failure, Map, Str, Type, Value, format::quoted};

use super::argument::Arguments;
use super::text::text;
use super::{Answer, Entry, plain};

pub(super) const TABLE: &[Entry] =
    &[plain("urlParse", &[Type::String], url_parse), plain("urlJoin", &[Type::Map], url_join)];

#[derive(Default)]
struct Url {
    scheme: String,
    opaque: String,
    /// User name and password, if there is one.
    user: Option<(Vec<u8>, Option<Vec<u8>>)>,
    host: String,
    path: Vec<u8>,
    query: String,
    fragment: Vec<u8>,
}

fn url_parse(args: &[Value]) -> Answer {
    let source = args.str(0);
    let url = parse(&source).map_err(|message| {
        Failure::text(format!("unable to parse url: parse {}: {message}", quoted(source.as_bytes())))
    })?;
    let entries = [
        ("scheme", Value::from(url.scheme.as_str())),
        ("host", Value::from(url.host.as_str())),
        ("hostname", Value::from(hostname(&url.host))),
        ("path", Value::string(&url.path)),
        ("query", Value::from(url.query.as_str())),
        ("opaque", Value::from(url.opaque.as_str())),
        ("fragment", Value::string(&url.fragment)),
        ("userinfo", Value::from(url.user.as_ref().map(user_text).unwrap_or_default())),
    ];
    Ok(Value::map(entries.map(|(name, value)| (Str::from(name.as_bytes()), value))))
}

fn url_join(args: &[Value]) -> Answer {
    let dict = args.map(0)?;
    let mut url = Url {
        scheme: String::from_utf8_lossy(&part(dict, "scheme")?).into_owned(),
        host: String::from_utf8_lossy(&part(dict, "host")?).into_owned(),
        path: part(dict, "path")?,
        query: String::from_utf8_lossy(&part(dict, "query")?).into_owned(),
        opaque: String::from_utf8_lossy(&part(dict, "opaque")?).into_owned(),
        fragment: part(dict, "fragment")?,
        user: None,
    };
    let user = part(dict, "userinfo")?;
    if !user.is_empty() {
        let probe = format!("proto://{}@host", String::from_utf8_lossy(&user));
        let parsed = parse(&probe).map_err(|message| {
            Failure::text(format!("unable to parse userinfo in dict: parse {}: {message}", quoted(probe.as_bytes())))
        })?;
        url.user = parsed.user;
    }
    text(join(&url))
}

fn part(dict: &Map, key: &str) -> Result<Vec<u8>, Failure> {
    match dict.get(key.as_bytes()) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(text.to_vec()),
        Some(other) => {
            let kind = other.kind().name();
            Err(Failure::text(format!("unable to parse {key} key, must be of type string, but {kind} found")))
        }
    }
}

fn parse(source: &str) -> Result<Url, String> {
    let (rest, fragment) = source.split_once('#').unwrap_or((source, ""));
    if rest.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut url = Url { fragment: unescape(fragment, Part::Other)?, ..Url::default() };
    if rest == "*" {
        url.path = b"*".to_vec();
        return Ok(url);
    }
    let (scheme, rest) = split_scheme(rest)?;
    url.scheme = scheme.to_ascii_lowercase();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    url.query = query.to_owned();
    if !rest.starts_with('/') {
        if !url.scheme.is_empty() {
            url.opaque = rest.to_owned();
            return Ok(url);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let mut path = rest;
    let has_authority = rest.starts_with("//") && (!url.scheme.is_empty() || !rest.starts_with("///"));
    if let Some(authority) = rest.strip_prefix("//").filter(|_| has_authority) {
        let end = authority.find('/').unwrap_or(authority.len());
        parse_authority(&mut url, &authority[..end])?;
        path = &authority[end..];
    }
    url.path = unescape(path, Part::Other)?;
    Ok(url)
}

fn split_scheme(source: &str) -> Result<(&str, &str), String> {
    for (at, byte) in source.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&source[..at], &source[at + 1..])),
            _ => break,
        }
    }
    Ok(("", source))
}

fn parse_authority(url: &mut Url, authority: &str) -> Result<(), String> {
    let host = match authority.rsplit_once('@') {
        None => authority,
        Some((user, host)) => {
            let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
            if !user.bytes().all(valid) {
                return Err("net/url: invalid userinfo".to_owned());
            }
            let (name, password) = match user.split_once(':') {
                Some((name, password)) => (name, Some(unescape(password, Part::Other)?)),
                None => (user, None),
            };
            url.user = Some((unescape(name, Part::Other)?, password));
            host
        }
    };
    let after = match host.strip_prefix('[') {
        Some(literal) => {
            let close = literal.rfind(']').ok_or("missing ']' in host")?;
            &literal[close + 1..]
        }
        None => host.rfind(':').map_or("", |colon| &host[colon..]),
    };
    let is_port =
        after.is_empty() || after.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_port {
        return Err(format!("invalid port {} after host", quoted(after.as_bytes())));
    }
    url.host = String::from_utf8_lossy(&unescape(host, Part::Host)?).into_owned();
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Host,
    Other,
}

fn unescape(source: &str, part: Part) -> Result<Vec<u8>, String> {
    let bytes = source.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'%' {
            let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
            let code = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
            let Some(code) = code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
                let shown = &bytes[at..bytes.len().min(at + 3)];
                return Err(format!("invalid URL escape {}", quoted(shown)));
            };
            out.push(code);
            at += 3;
            continue;
        }
        let allowed = byte >= 0x80 || byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:[]<>\"".contains(&byte);
        if part == Part::Host && !allowed {
            return Err(format!("invalid character {} in host name", quoted(&[byte])));
        }
        out.push(byte);
        at += 1;
    }
    Ok(out)
}

fn hostname(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|literal| literal.split_once(']')) {
        Some((literal, _)) => literal,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    }
}

fn escape(text: &[u8], plain: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || plain.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn user_text((name, password): &(Vec<u8>, Option<Vec<u8>>)) -> String {
    let plain = b"$&+,;=";
    match password {
        Some(password) => format!("{}:{}", escape(name, plain), escape(password, plain)),
        None => escape(name, plain),
    }
}

/// `URL.String`.
fn join(url: &Url) -> String {
    let mut out = String::new();
    if !url.scheme.is_empty() {
        out.push_str(&format!("{}:", url.scheme));
    }
    if url.opaque.is_empty() {
        let authority = !url.scheme.is_empty() || !url.host.is_empty() || url.user.is_some();
        if authority && (!url.host.is_empty() || !url.path.is_empty() || url.user.is_some()) {
            out.push_str("//");
        }
        if let Some(user) = &url.user {
            out.push_str(&format!("{}@", user_text(user)));
        }
        out.push_str(&escape(url.host.as_bytes(), b"!$&'()*+,;=:[]<>\""));
        let path = escape(&url.path, b"$&+,/:;=@");
        if !path.is_empty() && !path.starts_with('/') && !url.host.is_empty() {
            out.push('/');
        }
        if out.is_empty() && path.split('/').next().is_some_and(|segment| segment.contains(':')) {
            out.push_str("./");
        }
        out.push_str(&path);
    } else {
        out.push_str(&url.opaque);
    }
    if !url.query.is_empty() {
        out.push_str(&format!("?{}", url.query));
    }
    if !url.fragment.is_empty() {
        out.push_str(&format!("#{}", escape(&url.fragment, b"$&+,/:;=?@!()*")));
    }
    out
}
