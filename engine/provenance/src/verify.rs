//! A provenance file against a key ring and an archive.

use jiff::Timestamp;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::packet::{PublicKey, Signature, SignatureType};
use pgp::types::{KeyDetails, VerifyingKey};

use crate::certificate::{Certificate, SigningPart};
use crate::cleartext::Message;
use crate::keyring::KeyRing;
use crate::packet::{Packet, Packets};
use crate::{Error, claim, statement};

/// The largest provenance file that is worth reading.
pub const MAX_PROVENANCE_BYTES: u64 = 4 << 20;

/// The most signatures below one text.
const MAX_SIGNATURES: usize = 64;

/// The most keys of the same ID: this ID can be forged, so that many keys may share it.
const MAX_SAME_ID: usize = 16;

/// An archive that is what its signer packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The names of the key that signed.
    pub names: Vec<String>,
    /// The fingerprint of the primary key, in upper-case hexadecimal.
    pub fingerprint: String,
    /// `sha256:…` of the archive.
    pub digest: String,
}

/// Checks that `provenance` is signed by a key of the ring that counts at `now`, and that it names `archive`, which
/// has the file name `name`.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify(
    archive: &[u8],
    name: &str,
    provenance: &[u8],
    ring: &KeyRing,
    now: Timestamp,
) -> Result<Verified, Error> {
    let text = std::str::from_utf8(provenance).map_err(|_| Error::NoSignature)?;
    let message = Message::find(text).ok_or(Error::NoSignature)?;
    let signer = signer(&message, ring, now)?;
    let promised = statement::promised(&message.text, name)?;
    let actual = statement::digest(archive);
    if promised != actual {
        return Err(Error::OtherDigest { name: name.to_owned(), promised, actual });
    }
    Ok(Verified {
        names: signer.names().map(str::to_owned).collect(),
        fingerprint: format!("{:X}", signer.fingerprint()),
        digest: actual,
    })
}

/// Whose key made the first signature that is said to be of a key in the ring.
fn signer<'r>(message: &Message, ring: &'r KeyRing, now: Timestamp) -> Result<&'r Certificate, Error> {
    for (count, packet) in Packets::new(&message.signatures).enumerate() {
        let Packet::Signature(signature) = packet? else {
            return Err(Error::Malformed("non signature packet found"));
        };
        if count >= MAX_SIGNATURES {
            return Err(Error::TooMuch { what: "signatures", limit: MAX_SIGNATURES });
        }
        let issuer = claim::issuer(&signature).ok_or(Error::Malformed("signature doesn't have an issuer"))?;
        let parts: Vec<_> = ring.signing_parts(issuer).take(MAX_SAME_ID).collect();
        if parts.is_empty() {
            continue;
        }
        check_kind(&signature)?;
        let signed = message.signed();
        let mut fault = Error::UnknownSigner;
        for (certificate, part) in parts {
            match check(&signature, &part, signed.as_bytes()) {
                Ok(()) => return certificate.check(&part, &signature, now).map(|()| certificate),
                Err(error) => fault = error,
            }
        }
        return Err(fault);
    }
    Err(Error::UnknownSigner)
}

/// Other kinds of signatures are about keys, and must not count for texts.
fn check_kind(signature: &Signature) -> Result<(), Error> {
    match signature.typ() {
        Some(SignatureType::Binary | SignatureType::Text) => Ok(()),
        kind => {
            let number = kind.map(u8::from).unwrap_or_default();
            Err(Error::Unsupported(format!("unsupported signature type: {number}")))
        }
    }
}

fn check(signature: &Signature, part: &SigningPart<'_>, signed: &[u8]) -> Result<(), Error> {
    match part {
        SigningPart::Primary(key) => check_with::<PublicKey>(signature, key, signed),
        SigningPart::Subkey { key, .. } => check_with(signature, *key, signed),
    }
}

fn check_with<K: KeyDetails + VerifyingKey>(signature: &Signature, key: &K, signed: &[u8]) -> Result<(), Error> {
    if signature.config().is_none_or(|config| config.pub_alg != key.algorithm()) {
        return Err(Error::Mismatch("public key and signature use different algorithms"));
    }
    signature.verify(key, signed).map_err(|_| {
        let algorithm = match key.algorithm() {
            PublicKeyAlgorithm::RSA | PublicKeyAlgorithm::RSASign => "RSA",
            PublicKeyAlgorithm::DSA => "DSA",
            PublicKeyAlgorithm::ECDSA => "ECDSA",
            PublicKeyAlgorithm::EdDSALegacy => "EdDSA",
            PublicKeyAlgorithm::Ed25519 => "Ed25519",
            _ => "ed448",
        };
        Error::BadSignature(format!("{algorithm} verification failure"))
    })
}
