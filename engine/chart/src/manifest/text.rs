//! What a template printed. Go's strings are bytes, and what is no UTF-8 is for Helm's YAML reader to refuse.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use super::split;

/// A rendered file. Its text has U+FFFD for what is no UTF-8; the bytes themselves are kept beside it then. Cloning
/// shares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    text: Arc<str>,
    bytes: Option<Arc<[u8]>>,
}

impl Text {
    /// As it was printed.
    pub fn as_printed(&self) -> &[u8] {
        self.bytes.as_deref().unwrap_or(self.text.as_bytes())
    }

    /// The documents, each as text and as it was printed.
    pub(crate) fn documents(&self) -> Vec<(&str, Cow<'_, [u8]>)> {
        let texts = split(self).into_iter();
        match &self.bytes {
            None => texts.map(|text| (text, text.as_bytes().into())).collect(),
            // Documents are told apart by what is ASCII, so that they are as many.
            Some(bytes) => texts.zip(split(&marked(bytes)).into_iter().map(unmarked).map(Cow::Owned)).collect(),
        }
    }
}

/// Characters of nobody's, one for each byte that is no UTF-8.
const MARKS: u32 = 0x0010_FF00;

fn marked(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().filter_map(|byte| char::from_u32(MARKS + u32::from(*byte))));
    }
    text
}

fn unmarked(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match u32::from(character).checked_sub(MARKS).map(u8::try_from) {
            Some(Ok(byte)) => bytes.push(byte),
            _ => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(error) => {
                let bytes = error.into_bytes();
                Self { text: String::from_utf8_lossy(&bytes).into(), bytes: Some(bytes.into()) }
            }
        }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self { text: text.into(), bytes: None }
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn documents_have_their_own_bytes() {
        let text = Text::from(b"a\xC3\n---\n\xF0\x9F\n---\n---\nb\xC3\xA9\xFF".to_vec());
        assert_eq!(&*text, "a\u{FFFD}\n---\n\u{FFFD}\n---\n---\nb\u{E9}\u{FFFD}");
        let wanted: [(&str, &[u8]); 3] =
            [("a\u{FFFD}\n", b"a\xC3\n"), ("\u{FFFD}\n", b"\xF0\x9F\n"), ("b\u{E9}\u{FFFD}", b"b\xC3\xA9\xFF")];
        assert_eq!(text.documents(), wanted.map(|(text, bytes)| (text, bytes.into())));
        assert_eq!(text.as_printed(), b"a\xC3\n---\n\xF0\x9F\n---\n---\nb\xC3\xA9\xFF");
        assert_eq!(Text::from(b"a\n---\nb".to_vec()).documents(), [("a\n", b"a\n"[..].into()), ("b", b"b"[..].into())]);
    }
}
