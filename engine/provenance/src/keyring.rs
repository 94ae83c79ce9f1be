//! All keys of a file: a keybox, ASCII armour, or OpenPGP as it is; told apart by content.

use pgp::types::KeyId;

use crate::armor::Block;
use crate::certificate::{self, Certificate, SigningPart};
use crate::packet::Packets;
use crate::{Error, keybox};

/// The largest key ring that is worth reading.
pub const MAX_RING_BYTES: u64 = 64 << 20;

/// The most keys that a ring may have.
const MAX_KEYS: usize = 10_000;

const ARMOR: &[u8] = b"-----BEGIN PGP";

/// Keys, public and secret, in their order.
pub struct KeyRing {
    certificates: Vec<Certificate>,
}

impl KeyRing {
    /// Reads a key ring. Keys that are broken or of unknown kinds are passed over as long as there is another.
    ///
    /// # Errors
    /// Data that is no key ring; `name` stands for it in messages.
    pub fn parse(name: &str, data: &[u8]) -> Result<Self, Error> {
        let keybox = |reason| Error::Keybox { ring: name.to_owned(), reason };
        let armored = |reason| Error::Armored { ring: name.to_owned(), reason };
        let certificates = if keybox::is_keybox(data) {
            binary(&keybox::keys(data).map_err(keybox)?)?
        } else if data.trim_ascii().starts_with(ARMOR) {
            text(data).map_err(armored)?
        } else {
            binary(data)?
        };
        Ok(Self { certificates })
    }

    /// Keys of this ID that may sign, each with its certificate.
    pub fn signing_parts(&self, id: KeyId) -> impl Iterator<Item = (&Certificate, SigningPart<'_>)> {
        self.certificates.iter().flat_map(move |one| one.signing_parts(id).map(move |part| (one, part)))
    }

    /// The key that has `name` as one of its names, or within one of them.
    ///
    /// # Errors
    /// None, or more than one.
    pub fn named(&self, name: &str) -> Result<&Certificate, Error> {
        let mut within = None;
        let mut is_vague = false;
        for certificate in &self.certificates {
            for known in certificate.names() {
                if known == name {
                    return Ok(certificate);
                }
                if known.contains(name) {
                    is_vague |= within.is_some();
                    within = Some(certificate);
                }
            }
        }
        if is_vague { Err(Error::VagueName(name.to_owned())) } else { within.ok_or(Error::NoKey) }
    }
}

/// Blocks of armour, one behind the other, as `cat` joins them.
fn text(data: &[u8]) -> Result<Vec<Certificate>, String> {
    let text = String::from_utf8_lossy(data);
    let (mut found, mut rest) = (Vec::new(), text.as_ref());
    while let Some(block) = Block::find(rest) {
        if !matches!(block.kind, "PGP PUBLIC KEY BLOCK" | "PGP PRIVATE KEY BLOCK") {
            return Err(format!("expected a public or private key block, got {:?}", block.kind));
        }
        let (data, after) = block.read().map_err(|error| error.to_string())?;
        found.extend(binary(&data).map_err(|error| error.to_string())?);
        limit(found.len()).map_err(|error| error.to_string())?;
        rest = after;
    }
    if found.is_empty() { Err("no keys found".to_owned()) } else { Ok(found) }
}

fn binary(data: &[u8]) -> Result<Vec<Certificate>, Error> {
    let mut packets = Packets::new(data).peekable();
    let (mut found, mut fault) = (Vec::new(), None);
    while let Some(next) = certificate::read(&mut packets)? {
        match next {
            Ok(certificate) => found.push(certificate),
            Err(error) => fault = Some(error),
        }
        limit(found.len())?;
    }
    match fault {
        Some(fault) if found.is_empty() => Err(fault),
        _ => Ok(found),
    }
}

fn limit(count: usize) -> Result<(), Error> {
    if count > MAX_KEYS { Err(Error::TooMuch { what: "keys", limit: MAX_KEYS }) } else { Ok(()) }
}
