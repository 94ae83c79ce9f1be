//! A text of several YAML documents, cut apart.

use crate::error::Error;

/// The documents of `text`, cut at lines that start with `---` as the YAML reader of `k8s.io/apimachinery` cuts them:
/// without looking into the documents. Such lines may hold a comment and nothing else.
///
/// # Errors
/// `invalid Yaml document separator: …` for other text after `---`.
pub fn split_documents(text: &[u8]) -> Result<Vec<&[u8]>, Error> {
    documents(text).into_iter().collect()
}

/// The same for those who look at the documents before a fault first, which is the last item.
pub fn documents(text: &[u8]) -> Vec<Result<&[u8], Error>> {
    let mut documents = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let begin = at;
        at += line.len();
        let Some(rest) = line.strip_prefix(b"---") else { continue };
        let rest = String::from_utf8_lossy(rest);
        let rest = rest.trim();
        if !rest.is_empty() && !rest.starts_with('#') {
            documents.push(Err(Error::json(format!("invalid Yaml document separator: {rest}"))));
            return documents;
        }
        // A separator before any text belongs to the document that follows.
        if begin > start {
            documents.push(Ok(text.get(start..begin).unwrap_or_default()));
            start = at;
        }
    }
    documents.extend(text.get(start..).filter(|rest| !rest.is_empty()).map(Ok));
    documents
}
