//! GnuPG's keybox (`pubring.kbx`): a sequence of blobs, some of which hold OpenPGP keys (`kbx/keybox-blob.c` of GnuPG).
//!
//! A blob is: length in all (4 bytes, big endian), type (1), version (1), flags (2), and for a key: where the key begins
//! in the blob (4), and its length (4). The first blob is a header with `KBXf` at byte 8.

const HEADER: u8 = 1;
const OPENPGP: u8 = 2;

/// Set for keys that GnuPG holds for a moment only.
const EPHEMERAL: u16 = 2;

/// Length and type, which every blob has.
const SHORTEST: usize = 5;

/// Whether this is a keybox.
pub fn is_keybox(data: &[u8]) -> bool {
    data.get(4) == Some(&HEADER) && data.get(8..12) == Some(b"KBXf")
}

/// The OpenPGP keys of a keybox, one behind the other.
///
/// # Errors
/// What is wrong with the first bad blob, in Helm's words; a keybox without keys.
pub fn keys(data: &[u8]) -> Result<Vec<u8>, String> {
    let (mut found, mut offset) = (Vec::new(), 0);
    while let Some(rest) = data.get(offset..).filter(|rest| !rest.is_empty()) {
        if rest.len() < SHORTEST {
            return Err(format!("truncated blob header at offset {offset}"));
        }
        let length = number(rest, 0);
        if length < SHORTEST {
            return Err(format!("invalid blob length {length} at offset {offset}"));
        }
        let Some(blob) = rest.get(..length) else {
            let left = rest.len();
            return Err(format!("blob at offset {offset} has length {length} exceeding the {left} remaining bytes"));
        };
        if blob.get(4) == Some(&OPENPGP) {
            found.extend_from_slice(key(blob, offset)?);
        }
        offset += length;
    }
    if found.is_empty() { Err("keybox contains no OpenPGP keys".to_owned()) } else { Ok(found) }
}

/// The key of a blob; nothing if GnuPG does not count it.
fn key(blob: &[u8], offset: usize) -> Result<&[u8], String> {
    let (Some(&[high, low]), true) = (blob.get(6..8).and_then(|flags| flags.first_chunk()), blob.len() >= 16) else {
        return Err(format!("OpenPGP blob at offset {offset} is too short"));
    };
    let (start, length) = (number(blob, 8), number(blob, 12));
    let key = start.checked_add(length).and_then(|end| blob.get(start..end));
    let key = key.ok_or_else(|| format!("OpenPGP blob at offset {offset} has an out-of-range keyblock"))?;
    Ok(if u16::from_be_bytes([high, low]) & EPHEMERAL == 0 { key } else { &[] })
}

/// The number in four bytes; 0 where there are fewer.
fn number(data: &[u8], at: usize) -> usize {
    let bytes = data.get(at..).and_then(|rest| rest.first_chunk());
    bytes.map_or(0, |bytes| usize::try_from(u32::from_be_bytes(*bytes)).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::{is_keybox, keys};

    fn blob(kind: u8, flags: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(8 + body.len()).unwrap();
        let mut blob = length.to_be_bytes().to_vec();
        blob.extend([kind, 1, 0, flags]);
        blob.extend(body);
        blob
    }

    fn key_blob(flags: u8, start: u32, length: u32, key: &[u8]) -> Vec<u8> {
        blob(2, flags, &[&start.to_be_bytes()[..], &length.to_be_bytes(), key].concat())
    }

    fn header() -> Vec<u8> {
        blob(1, 0, b"KBXf\0\0\0\0")
    }

    #[test]
    fn keys_are_found_among_other_blobs() {
        let data = [header(), key_blob(0, 16, 3, b"abc"), blob(3, 0, b"x509"), key_blob(0, 17, 1, b"xyz")].concat();
        assert!(is_keybox(&data));
        assert_eq!(keys(&data), Ok(b"abcy".to_vec()));
    }

    #[test]
    fn a_bad_keybox_says_where() {
        let one = header();
        let cases = [
            (one.clone(), "keybox contains no OpenPGP keys"),
            ([one.clone(), key_blob(2, 16, 3, b"abc")].concat(), "keybox contains no OpenPGP keys"),
            ([one.clone(), vec![0, 0]].concat(), "truncated blob header at offset 16"),
            ([one.clone(), vec![0, 0, 0, 4, 2]].concat(), "invalid blob length 4 at offset 16"),
            (
                [one.clone(), vec![0, 0, 0, 9, 2]].concat(),
                "blob at offset 16 has length 9 exceeding the 5 remaining bytes",
            ),
            ([one.clone(), blob(2, 0, b"1234567")].concat(), "OpenPGP blob at offset 16 is too short"),
            (
                [one.clone(), key_blob(0, 16, 4, b"abc")].concat(),
                "OpenPGP blob at offset 16 has an out-of-range keyblock",
            ),
            (
                [one, key_blob(0, u32::MAX, u32::MAX, b"abc")].concat(),
                "OpenPGP blob at offset 16 has an out-of-range keyblock",
            ),
        ];
        for (data, wanted) in cases {
            assert_eq!(keys(&data), Err(wanted.to_owned()));
        }
    }

    #[test]
    fn what_is_no_keybox() {
        for data in [&b""[..], b"KBXf", &[0, 0, 0, 32, 2, 1, 0, 0, b'K', b'B', b'X', b'f'], b"-----BEGIN PGP"] {
            assert!(!is_keybox(data));
        }
    }
}
