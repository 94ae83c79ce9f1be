//! The text of a provenance file: the chart's metadata, `...`, and the digest of each file.

use helmx_yaml::{Data, Map};
use sha2::{Digest as _, Sha256};

use crate::Error;

/// `---` would be taken for the end of a signed text, so that the end of a document stands between the two.
const SEPARATOR: &str = "\n...\n";

/// `sha256:` and the digest in hexadecimal.
pub fn digest(data: &[u8]) -> String {
    format!("sha256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(data)))
}

/// The text for one file.
///
/// # Errors
/// A name that no YAML can hold.
pub fn write(metadata: &str, name: &str, digest: &str) -> Result<String, Error> {
    let files = Map::from_iter([(name.to_owned(), Data::from(digest.to_owned()))]);
    let sums = Map::from_iter([("files".to_owned(), Data::Map(files))]);
    let sums = helmx_yaml::encode(&Data::Map(sums)).map_err(|error| Error::BadDigests(error.to_string()))?;
    Ok(format!("{metadata}{SEPARATOR}{sums}"))
}

/// The digest that a text promises for the file `name`. What it says about the chart is not looked at.
///
/// # Errors
/// A text without digests, or without this one.
pub fn promised(text: &str, name: &str) -> Result<String, Error> {
    let sums = text.split(SEPARATOR).nth(1).ok_or(Error::NoDigests)?;
    let sums = helmx_yaml::decode(sums.as_bytes()).map_err(|error| Error::BadDigests(error.to_string()))?;
    let files = match &sums {
        Data::Map(sums) => sums.get("files"),
        _ => None,
    };
    match files {
        Some(Data::Map(files)) => match files.get(name) {
            Some(Data::String(digest)) => Ok(digest.to_string()),
            Some(_) => Err(Error::BadDigests(format!("the provenance's digest of {name:?} is no text"))),
            None => Err(Error::NotListed(name.to_owned())),
        },
        None | Some(Data::Null) => Err(Error::NotListed(name.to_owned())),
        Some(_) => Err(Error::BadDigests("the provenance's list of files is none".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::{digest, promised, write};
    use crate::Error;

    #[test]
    fn what_is_written_can_be_read() {
        assert_eq!(digest(b""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let text = write("name: a\n", "a-1.tgz", "sha256:0").unwrap();
        assert_eq!(text, "name: a\n\n...\nfiles:\n  a-1.tgz: sha256:0\n");
        assert_eq!(promised(&text, "a-1.tgz"), Ok("sha256:0".to_owned()));
        let strange = write("", "1: a.tgz", "sha256:0").unwrap();
        assert_eq!(promised(&strange, "1: a.tgz"), Ok("sha256:0".to_owned()));
    }

    #[test]
    fn texts_without_the_digest() {
        let not_listed = Error::NotListed("a".to_owned());
        for (text, wanted) in [
            ("", Error::NoDigests),
            ("files:\n  a: b", Error::NoDigests),
            ("x\n...\n", not_listed.clone()),
            ("x\n...\nfiles:", not_listed.clone()),
            ("x\n...\nfiles: {b: c}", not_listed.clone()),
            ("x\n...\nfiles: {b: c}\n...\nfiles: {a: d}", not_listed),
        ] {
            assert_eq!(promised(text, "a"), Err(wanted), "{text}");
        }
        for text in ["x\n...\n{", "x\n...\nfiles: [a]", "x\n...\nfiles: {a: 1}"] {
            assert!(matches!(promised(text, "a"), Err(Error::BadDigests(_))), "{text}");
        }
    }
}
