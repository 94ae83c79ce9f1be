//! E-mail addresses and URLs, as the validators of Helm's lint take them (govalidator, Go's net/url).

use crate::url::{self, Url};

/// Characters beyond ASCII that addresses may have.
fn is_foreign(character: char) -> bool {
    matches!(character, '\u{a0}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{ffef}')
}

fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic() || is_foreign(character)
}

fn is_letter_or_digit(character: char) -> bool {
    character.is_ascii_digit() || is_letter(character)
}

/// `name@domain.tld`. Of names in quotes, govalidator takes hardly any.
pub(super) fn is_email(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(name, domain)| is_mail_name(name) && is_mail_domain(domain))
}

fn is_mail_name(name: &str) -> bool {
    let fits = |character| is_letter_or_digit(character) || "!#$%&'*+-/=?^_`{|}~".contains(character);
    name.split('.').all(|part| !part.is_empty() && part.chars().all(fits))
}

fn is_mail_domain(domain: &str) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let Some((before, top)) = domain.rsplit_once('.') else { return false };
    let between = |text: &str, ends: fn(char) -> bool, inner: &str| {
        text.starts_with(ends)
            && text.ends_with(ends)
            && text.chars().all(|character| is_letter_or_digit(character) || inner.contains(character))
    };
    // In labels before the last, dots count as characters like others.
    between(before, is_letter_or_digit, "-._~") && between(top, is_letter, "-_~")
}

/// A URL with a scheme, as a request could have it.
pub(super) fn is_request_url(text: &str) -> bool {
    url::parse_request(text).is_ok_and(|url| !url.scheme.is_empty())
}

/// Characters of the longest URL, and bytes of the shortest, both not reached.
const LONGEST: usize = 2083;
const SHORTEST: usize = 3;

/// A URL with or without a scheme, on a host that could be one.
pub(super) fn is_url(text: &str) -> bool {
    if text.chars().count() >= LONGEST || text.len() <= SHORTEST || text.starts_with('.') {
        return false;
    }
    let port_only = text.contains(':') && !text.contains("://");
    let parsed = if port_only { url::parse(&format!("http://{text}")) } else { url::parse(text) };
    let Ok(Url { host, path, .. }) = parsed else { return false };
    if host.starts_with('.') || (host.is_empty() && !path.is_empty() && !path.contains(&b'.')) {
        return false;
    }
    let schemes = ["ftp://", "tcp://", "udp://", "ws://", "wss://", "http://", "https://"];
    let rest = schemes.iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    let behind_user = rest.char_indices().filter(|(_, character)| *character == '@').map(|(at, _)| at);
    let mut starts = behind_user.filter(|at| *at > 0 && !rest[..*at].contains(is_space)).map(|at| at + 1).chain([0]);
    starts.any(|start| is_place(&rest[start..]))
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\u{c}' | '\r')
}

/// A host, perhaps with a port and what follows it.
fn is_place(text: &str) -> bool {
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let (place, path) = text.split_at(end);
    if path.contains(is_space) {
        return false;
    }
    let host = match place.rsplit_once(':') {
        Some((host, port)) if (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => place,
    };
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_end = |character: char| character.is_ascii_alphanumeric() || ('\u{a1}'..='\u{ffff}').contains(&character);
    host.split('.').all(|label| {
        label.starts_with(is_end)
            && label.ends_with(is_end)
            && label.chars().all(|character| is_end(character) || "-_".contains(character))
    })
}

#[cfg(test)]
mod tests {
    use super::{is_email, is_request_url, is_url};

    /// What govalidator answers.
    #[test]
    fn addresses() {
        for (text, wanted) in [
            ("a@b.io", true),
            ("first.last+tag@example.co.uk", true),
            ("19607336+me@users.noreply.github.com", true),
            ("a@b", false),
            ("a@b.1", false),
            ("a@stormforge1:30io", false),
            ("a..b@c.io", false),
            (".a@c.io", false),
            ("a@-b.io", false),
            ("a@b.io.", true),
            ("\"a b\"@c.io", false),
            ("a b@c.io", false),
            ("a@c.io, b@c.io", false),
            ("é@ü.io", true),
        ] {
            assert_eq!(is_email(text), wanted, "{text}");
        }
        for (text, wanted) in [
            ("https://a.io/b c", true),
            ("https://a b.io", false),
            ("a:b", true),
            ("/a", false),
            ("a.io", false),
            ("oci://a/b#c", true),
            ("https://a#b", false),
            ("http://a:x/", false),
            ("https://a/%zz", false),
        ] {
            assert_eq!(is_request_url(text), wanted, "{text}");
        }
        for (text, wanted) in [
            ("https://github.com/me", true),
            ("github.com/me", true),
            ("me", false),
            ("https1:30://github.com/me", false),
            ("localhost:8080", true),
            ("http://a b.io", false),
            ("http://[::1]:80/", true),
            ("http://me:secret@example.com", true),
            ("http://.example.com", false),
            ("http://-example.com", false),
            ("git://example.com", false),
        ] {
            assert_eq!(is_url(text), wanted, "{text}");
        }
    }
}
