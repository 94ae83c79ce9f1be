//! The documents of a file as `lint` reads them (`YAMLReader` of apimachinery), which finds others than a release does.

const SEPARATOR: &[u8] = b"---";

/// The documents, up to a line that looks like a separator and is none. A separator belongs to the document behind it if
/// there is none before it.
pub(super) fn documents(text: &[u8]) -> Vec<Result<&[u8], String>> {
    let (mut documents, mut start, mut at) = (Vec::new(), 0, 0);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let end = at + line.len();
        if let Some(rest) = line.strip_prefix(SEPARATOR) {
            let rest = String::from_utf8_lossy(rest);
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                documents.push(Err(format!("invalid Yaml document separator: {rest}")));
                return documents;
            }
            if start < at {
                documents.push(Ok(&text[start..at]));
                start = end;
            }
        }
        at = end;
    }
    if start < at {
        documents.push(Ok(&text[start..]));
    }
    documents
}
