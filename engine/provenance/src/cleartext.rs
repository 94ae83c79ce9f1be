//! Text with a signature below it (RFC 9580, 7). What is checked is the text that is handed on, byte for byte: the two
//! come from the same lines.

use crate::armor;

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
const END: &str = "\n-----END PGP SIGNATURE-----";

/// Stands before lines that begin with a dash.
const ESCAPE: &str = "- ";

/// What a `Hash:` line may name.
const HASHES: [&str; 9] = ["MD5", "SHA1", "RIPEMD160", "SHA224", "SHA256", "SHA384", "SHA512", "SHA3-256", "SHA3-512"];

/// A signed text.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// The text, its lines without white space at their ends.
    pub text: String,
    /// Packets of signatures.
    pub signatures: Vec<u8>,
}

impl Message {
    /// Finds the first signed text; `None` if there is none that is whole.
    pub fn find(data: &str) -> Option<Self> {
        let start = if data.starts_with(BEGIN) { 0 } else { data.find(&format!("\n{BEGIN}"))? + 1 };
        let (rest_of_line, rest) = next_line(data.get(start + BEGIN.len()..)?);
        if !rest_of_line.is_empty() {
            return None;
        }
        let mut rest = headers(rest)?;
        let mut lines = Vec::new();
        loop {
            let (line, after) = next_line(rest);
            if line == SIGNATURE {
                break;
            }
            if line.is_empty() && after.is_empty() {
                return None;
            }
            lines.push(line.strip_prefix(ESCAPE).unwrap_or(line).trim_end_matches([' ', '\t']));
            rest = after;
        }
        let end = rest.find(END)? + END.len();
        let (signatures, _) = armor::Block::find(rest.get(..end)?)?.read().ok()?;
        Some(Self { text: lines.join("\n"), signatures })
    }

    /// The text as it is signed.
    pub fn signed(&self) -> String {
        self.text.replace('\n', "\r\n")
    }
}

/// The lines of a text as they are signed and written: without white space at their ends.
pub fn canonical(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches([' ', '\t', '\r'])).collect();
    lines.join("\n")
}

/// Writes a text that [`canonical`] made, with its signature below.
pub fn write(text: &str, hash: &str, signature: &[u8]) -> String {
    let mut out = format!("{BEGIN}\nHash: {hash}\n\n");
    for line in text.split('\n') {
        if line.starts_with('-') {
            out.push_str(ESCAPE);
        }
        out.push_str(line);
        out.push('\n');
    }
    out.push_str(&armor::write("PGP SIGNATURE", signature));
    out
}

/// Passes `Hash:` lines over; what they say is not relied on. Any other header could be taken for text.
fn headers(text: &str) -> Option<&str> {
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = next_line(rest);
        rest = after;
        if line.trim().is_empty() {
            return Some(rest);
        }
        let (name, values) = line.split_once(':').filter(|_| line.bytes().all(|byte| (b' '..=b'~').contains(&byte)))?;
        let known = |value: &str| HASHES.contains(&value.trim().to_uppercase().as_str());
        if name.trim() != "Hash" || !values.split(',').all(known) {
            return None;
        }
    }
    None
}

/// The first line without its end, and the rest.
fn next_line(text: &str) -> (&str, &str) {
    match text.split_once('\n') {
        Some((line, rest)) => (line.strip_suffix('\r').unwrap_or(line), rest),
        None => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, canonical, write};

    #[test]
    fn what_is_written_can_be_read() {
        for text in ["", "a", "a\n", "\n\n", "- a\n--\n-b", "a: b\n...\nfiles:\n  x: y\n"] {
            let written = write(text, "SHA512", b"packets");
            for data in [written.clone(), format!("noise\n{written}\nmore"), written.replace('\n', "\r\n")] {
                let wanted = Message { text: text.to_owned(), signatures: b"packets".to_vec() };
                assert_eq!(Message::find(&data), Some(wanted), "{data}");
            }
        }
    }

    #[test]
    fn white_space_at_the_end_of_a_line_is_not_signed() {
        assert_eq!(canonical("a \t\r\n b\n \t\nc "), "a\n b\n\nc");
        let message = Message::find(&write("a", "SHA256", b"x").replace("\na\n", "\na \t\n")).unwrap();
        assert_eq!(message.text, "a");
        assert_eq!(Message { text: "a\nb\n".to_owned(), signatures: Vec::new() }.signed(), "a\r\nb\r\n");
    }

    #[test]
    fn what_is_no_signed_text() {
        let good = write("a", "SHA512", b"packets");
        let cases = [
            String::new(),
            "text".to_owned(),
            good.replacen("-----BEGIN PGP SIGNED", " -----BEGIN PGP SIGNED", 1),
            good.replacen("MESSAGE-----", "MESSAGE----- ", 1),
            good.replace("Hash: SHA512", "Hash: SHA9"),
            good.replace("Hash: SHA512", "Comment: a"),
            good.replace("Hash: SHA512", "Hash: SHA512\u{1}"),
            good.replace("Hash: SHA512", "text"),
            good.replace("-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP SIGNATURE---"),
            good.replace("-----END PGP SIGNATURE-----", ""),
            good.replace("\n\na\n", "\n"),
        ];
        for data in cases {
            assert_eq!(Message::find(&data), None, "{data}");
        }
    }
}
