//! A key with its names and subkeys, as far as its own signatures vouch for them (RFC 9580, 10.1).

use std::iter::Peekable;

use jiff::Timestamp;
use pgp::packet::{PublicKey, PublicSubkey, SecretKey, Signature, SignatureType, UserId};
use pgp::types::{Fingerprint, KeyDetails, KeyId, KeyVersion, Tag};

use crate::packet::{Packet, Packets};
use crate::{Error, claim};

/// The most signatures of one key that are checked; those of others are passed over.
const MAX_OWN_SIGNATURES: usize = 2_000;

/// A key and what belongs to it.
pub struct Certificate {
    pub key: PublicKey,
    pub secret: Option<SecretKey>,
    /// Those that the key itself vouches for, in their order.
    names: Vec<Name>,
    subkeys: Vec<Subkey>,
    revocations: Vec<Signature>,
    /// What a key of version 6 says about itself without a name.
    direct: Option<Signature>,
}

/// A name of the key's owner.
struct Name {
    text: String,
    /// The newest signature of the key over the name.
    own: Option<Signature>,
    revocations: Vec<Signature>,
}

struct Subkey {
    key: PublicSubkey,
    /// The newest signature that binds it.
    binding: Signature,
    revocations: Vec<Signature>,
}

/// A key of a certificate that may sign.
pub enum SigningPart<'c> {
    Primary(&'c PublicKey),
    Subkey { key: &'c PublicSubkey, binding: &'c Signature, revocations: &'c [Signature] },
}

impl Certificate {
    /// The names, as `gpg` shows them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| name.text.as_str())
    }

    /// The fingerprint of the primary key.
    pub fn fingerprint(&self) -> Fingerprint {
        self.key.fingerprint()
    }

    /// The parts of this ID that are marked for signing.
    pub fn signing_parts(&self, id: KeyId) -> impl Iterator<Item = SigningPart<'_>> {
        let may_sign = |own: &Signature| claim::flags(own).is_some_and(pgp::packet::KeyFlags::sign);
        let is_primary = self.key.legacy_key_id() == id && self.own().is_some_and(may_sign);
        let primary = is_primary.then_some(SigningPart::Primary(&self.key));
        let subkeys = self.subkeys.iter().filter(move |one| one.key.legacy_key_id() == id && may_sign(&one.binding));
        primary.into_iter().chain(subkeys.map(|one| SigningPart::Subkey {
            key: &one.key,
            binding: &one.binding,
            revocations: &one.revocations,
        }))
    }

    /// Checks that the part that made a signature counts at `now`.
    ///
    /// # Errors
    /// Why it does not.
    pub fn check(&self, part: &SigningPart<'_>, signature: &Signature, now: Timestamp) -> Result<(), Error> {
        let own = self.own().ok_or(Error::UnknownSigner)?;
        let mut relevant = vec![signature, own];
        let mut revoked = claim::is_revoked(&self.revocations, now)
            || self.main_name().is_some_and(|name| claim::is_revoked(&name.revocations, now));
        let mut expired = claim::is_key_expired(&self.key, own, now);
        if let SigningPart::Subkey { key, binding, revocations } = part {
            relevant.push(binding);
            relevant.extend(binding.embedded_signature());
            revoked |= claim::is_revoked(revocations, now);
            expired |= claim::is_key_expired(key, binding, now);
        }
        relevant.iter().try_for_each(|one| claim::check_notations(one))?;
        if revoked {
            return Err(Error::KeyRevoked);
        }
        if expired {
            return Err(Error::KeyExpired);
        }
        if relevant.iter().any(|one| claim::is_expired(one, now)) {
            return Err(Error::SignatureExpired);
        }
        Ok(())
    }

    /// What the key says about itself.
    fn own(&self) -> Option<&Signature> {
        if self.key.version() == KeyVersion::V6 {
            return self.direct.as_ref();
        }
        self.main_name().and_then(|name| name.own.as_ref())
    }

    /// The name that stands for all: not taken back, marked as the primary one, the newest.
    fn main_name(&self) -> Option<&Name> {
        let rank = |name: &Name| {
            let own = name.own.as_ref();
            let primary = own.is_some_and(Signature::is_primary);
            (std::cmp::Reverse(name.revocations.len()), primary, own.map_or(i64::MIN, claim::created))
        };
        // Of equals the first: `max_by_key` would take the last.
        self.names.iter().rev().max_by_key(|name| rank(name))
    }
}

/// Reads the next certificate; `None` at the end. What is behind a bad one can still be read.
///
/// # Errors
/// Outer: data that is no OpenPGP, where reading must end. Inner: why this certificate does not count.
pub fn read(packets: &mut Peekable<Packets<'_>>) -> Result<Option<Result<Certificate, Error>>, Error> {
    const NO_KEY: Error = Error::Malformed("first packet was not a public/private key");
    let Some(first) = packets.next().transpose()? else { return Ok(None) };
    let (key, secret) = match first {
        Packet::Key(key) => (*key, None),
        Packet::SecretKey(secret) => (secret.public_key().clone(), Some(*secret)),
        Packet::UnreadableKey
        | Packet::Subkey(_)
        | Packet::SecretSubkey(_)
        | Packet::User(_)
        | Packet::Signature(_)
        | Packet::Other => {
            while packets.next_if(belongs).transpose()?.is_some() {}
            return Ok(Some(Err(NO_KEY)));
        }
    };
    let mut reader = Reader::new(key, secret);
    let mut fault = reader.check_key().err();
    while let Some(packet) = packets.next_if(belongs).transpose()? {
        if fault.is_none() {
            fault = reader.take(packet).err();
        }
    }
    Ok(Some(match fault {
        Some(fault) => Err(fault),
        None => reader.finish(),
    }))
}

/// Whether a packet belongs to the key before it. Bad data does too, so that whoever reads on meets it.
fn belongs(packet: &Result<Packet, Error>) -> bool {
    !matches!(packet, Ok(Packet::Key(_) | Packet::SecretKey(_) | Packet::UnreadableKey))
}

/// What the next signature is about.
enum About {
    Key,
    Name {
        id: Box<UserId>,
        name: Name,
        vouched: bool,
    },
    Subkey {
        key: Box<PublicSubkey>,
        binding: Option<Box<Signature>>,
        revocations: Vec<Signature>,
    },
    /// A picture, or something unknown.
    Other,
}

struct Reader {
    made: Certificate,
    about: About,
    checks: usize,
}

impl Reader {
    fn new(key: PublicKey, secret: Option<SecretKey>) -> Self {
        let made =
            Certificate { key, secret, names: Vec::new(), subkeys: Vec::new(), revocations: Vec::new(), direct: None };
        Self { made, about: About::Key, checks: 0 }
    }

    fn check_key(&self) -> Result<(), Error> {
        if !matches!(self.made.key.version(), KeyVersion::V4 | KeyVersion::V6) {
            return Err(Error::Unsupported("public key version".to_owned()));
        }
        if !claim::can_sign(self.made.key.algorithm()) {
            return Err(Error::Malformed("primary key cannot be used for signatures"));
        }
        Ok(())
    }

    fn take(&mut self, packet: Packet) -> Result<(), Error> {
        let about = match packet {
            Packet::Signature(signature) => return self.take_signature(*signature),
            Packet::User(id) => {
                let text = String::from_utf8_lossy(id.id()).into_owned();
                let name = Name { text, own: None, revocations: Vec::new() };
                About::Name { id: Box::new(id), name, vouched: false }
            }
            Packet::Subkey(key) => About::Subkey { key, binding: None, revocations: Vec::new() },
            Packet::SecretSubkey(secret) => {
                About::Subkey { key: Box::new(secret.public_key().clone()), binding: None, revocations: Vec::new() }
            }
            Packet::Key(_) | Packet::SecretKey(_) | Packet::UnreadableKey | Packet::Other => About::Other,
        };
        self.close(about)
    }

    /// Keeps what the last signatures were about.
    fn close(&mut self, next: About) -> Result<(), Error> {
        match std::mem::replace(&mut self.about, next) {
            About::Name { name, vouched: true, .. } => {
                self.made.names.retain(|known| known.text != name.text);
                self.made.names.push(name);
            }
            About::Subkey { binding: None, .. } => {
                return Err(Error::Malformed("subkey packet not followed by signature"));
            }
            About::Subkey { key, binding: Some(binding), revocations } => {
                self.made.subkeys.push(Subkey { key: *key, binding: *binding, revocations });
            }
            About::Name { vouched: false, .. } | About::Key | About::Other => {}
        }
        Ok(())
    }

    fn take_signature(&mut self, signature: Signature) -> Result<(), Error> {
        let matters = match &self.about {
            About::Name { .. } => claim::is_by(&signature, &self.made.key),
            About::Subkey { .. } => true,
            About::Key | About::Other => {
                matches!(signature.typ(), Some(SignatureType::KeyRevocation | SignatureType::Key))
            }
        };
        if !matters {
            return Ok(());
        }
        self.checks += 1;
        if self.checks > MAX_OWN_SIGNATURES {
            return Err(Error::TooMuch { what: "signatures of a key", limit: MAX_OWN_SIGNATURES });
        }
        let key = &self.made.key;
        match &mut self.about {
            About::Key | About::Other => self.take_direct(signature),
            About::Name { id, name, vouched } => {
                *vouched = true;
                name.take(id, key, signature)
            }
            About::Subkey { key: subkey, binding, revocations } => {
                check_binding(&signature, key, subkey)?;
                match signature.typ() {
                    Some(SignatureType::SubkeyRevocation) => revocations.push(signature),
                    _ if binding.as_ref().is_none_or(|old| claim::created(old) < claim::created(&signature)) => {
                        *binding = Some(Box::new(signature));
                    }
                    _ => {}
                }
                Ok(())
            }
        }
    }

    /// A signature about the key itself; others lead nowhere and are passed over.
    fn take_direct(&mut self, signature: Signature) -> Result<(), Error> {
        let key = &self.made.key;
        match signature.typ() {
            Some(SignatureType::KeyRevocation) => {
                signature
                    .verify_key(key)
                    .map_err(|_| Error::Malformed("revocation signature signed by alternate key"))?;
                self.made.revocations.push(signature);
            }
            Some(SignatureType::Key) if key.version() == KeyVersion::V6 && claim::is_by(&signature, key) => {
                signature
                    .verify_key(key)
                    .map_err(|_| Error::Malformed("invalid direct-key self-signature for v6 primary key"))?;
                if self.made.direct.as_ref().is_none_or(|old| claim::created(old) < claim::created(&signature)) {
                    self.made.direct = Some(signature);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Certificate, Error> {
        self.close(About::Key)?;
        if self.made.key.version() == KeyVersion::V6 {
            if self.made.direct.is_none() {
                return Err(Error::Malformed("v6 entity without a valid direct-key signature"));
            }
        } else if self.made.names.is_empty() {
            return Err(Error::Malformed("v4 entity without any identities"));
        }
        Ok(self.made)
    }
}

impl Name {
    /// Takes a signature that is said to be the key's own.
    fn take(&mut self, id: &UserId, key: &PublicKey, signature: Signature) -> Result<(), Error> {
        signature
            .verify_certification(key, Tag::UserId, id)
            .map_err(|_| Error::Malformed("user ID self-signature invalid"))?;
        if signature.typ() == Some(SignatureType::CertRevocation) {
            self.revocations.push(signature);
        } else if self.own.as_ref().is_none_or(|old| claim::created(old) < claim::created(&signature)) {
            self.own = Some(signature);
        }
        Ok(())
    }
}

/// Checks that the primary key binds a subkey, and a subkey that signs the primary key: otherwise anybody could claim
/// another's signing key.
fn check_binding(signature: &Signature, key: &PublicKey, subkey: &PublicSubkey) -> Result<(), Error> {
    signature.verify_subkey_binding(key, subkey).map_err(|_| Error::Malformed("subkey signature invalid"))?;
    if claim::flags(signature).is_some_and(pgp::packet::KeyFlags::sign) {
        let back =
            signature.embedded_signature().ok_or(Error::Malformed("signing subkey is missing cross-signature"))?;
        back.verify_primary_key_binding(subkey, key)
            .map_err(|_| Error::Malformed("error while verifying cross-signature"))?;
    }
    Ok(())
}
