//! URLs, by the rules of Go's net/url.

#[derive(Default)]
pub struct Url {
    pub scheme: String,
    pub opaque: String,
    /// User name and password, if there is one.
    pub user: Option<(Vec<u8>, Option<Vec<u8>>)>,
    pub host: String,
    pub path: Vec<u8>,
    pub query: String,
    pub fragment: Vec<u8>,
}

/// Why a text is no URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlError {
    ControlCharacter,
    /// It begins with a colon.
    MissingScheme,
    ColonInFirstSegment,
    /// A request names no such URL: it has neither scheme nor slash.
    NoRequest,
    User,
    OpenBracket,
    /// What stands behind the host, colon included.
    Port(String),
    Escape(Vec<u8>),
    HostCharacter(u8),
}

/// A URL (`url.Parse`).
///
/// # Errors
/// What Go would refuse.
pub fn parse(source: &str) -> Result<Url, UrlError> {
    let (rest, fragment) = source.split_once('#').unwrap_or((source, ""));
    let url = parse_whole(rest, Origin::Anywhere)?;
    Ok(Url { fragment: unescape(fragment, Part::Other)?, ..url })
}

/// A URL as a request has it: whole, and without a fragment (`url.ParseRequestURI`).
///
/// # Errors
/// What Go would refuse.
pub fn parse_request(source: &str) -> Result<Url, UrlError> {
    parse_whole(source, Origin::Request)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Anywhere,
    Request,
}

fn parse_whole(rest: &str, origin: Origin) -> Result<Url, UrlError> {
    if rest.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err(UrlError::ControlCharacter);
    }
    let mut url = Url::default();
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
        if origin == Origin::Request {
            return Err(UrlError::NoRequest);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err(UrlError::ColonInFirstSegment);
        }
    }
    let mut path = rest;
    let has_authority =
        rest.starts_with("//") && (!url.scheme.is_empty() || (origin == Origin::Anywhere && !rest.starts_with("///")));
    if let Some(authority) = rest.strip_prefix("//").filter(|_| has_authority) {
        let end = authority.find('/').unwrap_or(authority.len());
        parse_authority(&mut url, &authority[..end])?;
        path = &authority[end..];
    }
    url.path = unescape(path, Part::Other)?;
    Ok(url)
}

fn split_scheme(source: &str) -> Result<(&str, &str), UrlError> {
    for (at, byte) in source.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err(UrlError::MissingScheme),
            b':' => return Ok((&source[..at], &source[at + 1..])),
            _ => break,
        }
    }
    Ok(("", source))
}

fn parse_authority(url: &mut Url, authority: &str) -> Result<(), UrlError> {
    let host = match authority.rsplit_once('@') {
        None => authority,
        Some((user, host)) => {
            let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
            if !user.bytes().all(valid) {
                return Err(UrlError::User);
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
            let close = literal.rfind(']').ok_or(UrlError::OpenBracket)?;
            &literal[close + 1..]
        }
        None => host.rfind(':').map_or("", |colon| &host[colon..]),
    };
    let is_port =
        after.is_empty() || after.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_port {
        return Err(UrlError::Port(after.to_owned()));
    }
    url.host = String::from_utf8_lossy(&unescape(host, Part::Host)?).into_owned();
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Host,
    Other,
}

fn unescape(source: &str, part: Part) -> Result<Vec<u8>, UrlError> {
    let bytes = source.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'%' {
            let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
            let code = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
            let Some(code) = code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
                return Err(UrlError::Escape(bytes[at..bytes.len().min(at + 3)].to_vec()));
            };
            out.push(code);
            at += 3;
            continue;
        }
        let allowed = byte >= 0x80 || byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:[]<>\"".contains(&byte);
        if part == Part::Host && !allowed {
            return Err(UrlError::HostCharacter(byte));
        }
        out.push(byte);
        at += 1;
    }
    Ok(out)
}
