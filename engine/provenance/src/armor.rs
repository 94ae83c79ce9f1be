//! ASCII armour (RFC 9580, 6.2): binary data as base64 between two lines of dashes. As lenient as Helm's library: what
//! stands around a block is passed over, and the checksum is not looked at.

use data_encoding::BASE64;

use crate::Error;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// The longest line of data.
const MAX_LINE: usize = 96;

/// How many characters of base64 go into a line that is written.
const WIDTH: usize = 64;

/// The beginning of an armoured block.
#[derive(Debug, PartialEq, Eq)]
pub struct Block<'t> {
    /// `PGP SIGNATURE` and so on.
    pub kind: &'t str,
    body: &'t str,
}

impl<'t> Block<'t> {
    /// Finds the first block of a text.
    pub fn find(text: &'t str) -> Option<Self> {
        let mut rest = text;
        loop {
            let (kind, after) = begin(rest)?;
            match headers(after) {
                Headers::Read(body) => return Some(Self { kind, body }),
                // Not a header line: what looked like a block is none.
                Headers::Broken(after) => rest = after,
                Headers::Unfinished => return None,
            }
        }
    }

    /// The data, and the text behind the block.
    ///
    /// # Errors
    /// Data that is no base64.
    pub fn read(&self) -> Result<(Vec<u8>, &'t str), Error> {
        const CORRUPT: Error = Error::Malformed("armor invalid");
        let (mut encoded, mut rest) = (String::new(), self.body);
        while !rest.is_empty() {
            let (line, after) = next_line(rest);
            rest = after;
            if line.starts_with(END) || (line.len() == 5 && line.starts_with('=')) {
                break;
            }
            if line.len() > MAX_LINE {
                return Err(CORRUPT);
            }
            encoded.push_str(line);
        }
        Ok((BASE64.decode(encoded.as_bytes()).map_err(|_| CORRUPT)?, rest))
    }
}

/// A block as text, without a line break at its end.
pub fn write(kind: &str, data: &[u8]) -> String {
    let mut text = format!("{BEGIN}{kind}{DASHES}\n\n");
    let encoded = BASE64.encode(data);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(WIDTH));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("{END}{kind}{DASHES}"));
    text
}

enum Headers<'t> {
    Read(&'t str),
    Broken(&'t str),
    Unfinished,
}

/// The first line that opens a block: its kind, and what follows.
fn begin(text: &str) -> Option<(&str, &str)> {
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = next_line(rest);
        let kind = line.strip_prefix(BEGIN).filter(|kind| kind.len() > DASHES.len());
        if let Some(kind) = kind {
            let kind = kind.get(..kind.len() - DASHES.len()).unwrap_or(kind);
            return Some((kind, after));
        }
        rest = after;
    }
    None
}

/// Passes `Name: value` lines over; an empty line ends them.
fn headers(text: &str) -> Headers<'_> {
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = next_line(rest);
        if line.is_empty() {
            return Headers::Read(after);
        }
        if !line.contains(':') {
            return Headers::Broken(after);
        }
        rest = after;
    }
    Headers::Unfinished
}

/// The first line without white space around it, and the rest.
fn next_line(text: &str) -> (&str, &str) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    (line.trim(), rest)
}

#[cfg(test)]
mod tests {
    use super::{Block, write};
    use crate::Error;

    #[test]
    fn what_is_written_can_be_read() {
        for length in [0, 1, 47, 48, 49, 500] {
            let data: Vec<u8> = (0..length).map(|byte| (byte % 251) as u8).collect();
            let text = write("PGP SIGNATURE", &data);
            let block = Block::find(&text).unwrap();
            assert_eq!((block.kind, block.read()), ("PGP SIGNATURE", Ok((data, ""))));
        }
    }

    #[test]
    fn what_stands_around_a_block_is_passed_over() {
        let text = "noise\r\n -----BEGIN X-----\nno header\n-----BEGIN Y----- \nVersion: 1\n\n AQID\r\n=abcd\n-----END Y-----\nmore";
        let block = Block::find(text).unwrap();
        let (data, rest) = block.read().unwrap();
        assert_eq!((block.kind, data), ("Y", vec![1, 2, 3]));
        assert_eq!(Block::find(rest), None);
    }

    #[test]
    fn what_is_no_block() {
        for text in ["", "text", "-----BEGIN X-----", "-----BEGIN X-----\nA: b", "-----BEGIN -----\n\nAQID"] {
            assert_eq!(Block::find(text), None, "{text}");
        }
        let long = format!("-----BEGIN X-----\n\n{}\n-----END X-----", "A".repeat(100));
        for text in ["-----BEGIN X-----\n\nA*==\n-----END X-----", "-----BEGIN X-----\n\nAQI\n-----END X-----", &long] {
            assert_eq!(Block::find(text).unwrap().read(), Err(Error::Malformed("armor invalid")), "{text}");
        }
    }
}
