//! URLs, by the rules of Go's net/url.

use helmx_chart::url::{Url, UrlError, parse};
use helmx_template::{Failure, Map, Str, Type, Value, format::quoted};

use super::argument::Arguments;
use super::text::text;
use super::{Answer, Entry, plain};

pub(super) const TABLE: &[Entry] =
    &[plain("urlParse", &[Type::String], url_parse), plain("urlJoin", &[Type::Map], url_join)];

fn url_parse(args: &[Value]) -> Answer {
    let source = args.str(0);
    let url = parse(&source).map_err(|error| {
        Failure::text(format!("unable to parse url: parse {}: {}", quoted(source.as_bytes()), said(&error)))
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
        let parsed = parse(&probe).map_err(|error| {
            let probe = quoted(probe.as_bytes());
            Failure::text(format!("unable to parse userinfo in dict: parse {probe}: {}", said(&error)))
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

/// Go's words.
fn said(error: &UrlError) -> String {
    match error {
        UrlError::ControlCharacter => "net/url: invalid control character in URL".to_owned(),
        UrlError::MissingScheme => "missing protocol scheme".to_owned(),
        UrlError::ColonInFirstSegment => "first path segment in URL cannot contain colon".to_owned(),
        UrlError::NoRequest => "invalid URI for request".to_owned(),
        UrlError::User => "net/url: invalid userinfo".to_owned(),
        UrlError::OpenBracket => "missing ']' in host".to_owned(),
        UrlError::Port(port) => format!("invalid port {} after host", quoted(port.as_bytes())),
        UrlError::Escape(escape) => format!("invalid URL escape {}", quoted(escape)),
        UrlError::HostCharacter(byte) => format!("invalid character {} in host name", quoted(&[*byte])),
    }
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
