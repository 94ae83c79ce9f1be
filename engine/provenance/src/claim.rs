//! What a signature says about itself: who made it, when, for how long, and what it must be understood to mean.

use jiff::Timestamp;
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::packet::{KeyFlags, RevocationCode, Signature, SignatureVersion, Subpacket, SubpacketData};
use pgp::types::{Fingerprint, KeyDetails, KeyId};

use crate::Error;

/// Whether a signature can be judged at all: its version, its algorithms, and everything that it says is critical.
pub fn is_supported(signature: &Signature) -> bool {
    let Some(config) = signature.config() else { return false };
    matches!(config.version(), SignatureVersion::V4 | SignatureVersion::V6)
        && config.created().is_some()
        && is_strong(config.hash_alg)
        && can_sign(config.pub_alg)
        && config.hashed_subpackets().all(|one| !(one.is_critical && is_unknown(one)))
        && signature.embedded_signature().is_none_or(is_supported)
}

/// MD5 and RIPEMD-160 prove nothing any more. Helm still takes SHA-1; collisions are detected.
fn is_strong(hash: HashAlgorithm) -> bool {
    use HashAlgorithm::{Sha1, Sha3_256, Sha3_512, Sha224, Sha256, Sha384, Sha512};
    matches!(hash, Sha1 | Sha224 | Sha256 | Sha384 | Sha512 | Sha3_256 | Sha3_512)
}

/// Whether keys of this kind sign.
pub fn can_sign(algorithm: PublicKeyAlgorithm) -> bool {
    use PublicKeyAlgorithm::{DSA, ECDSA, Ed448, Ed25519, EdDSALegacy, RSA, RSASign};
    matches!(algorithm, RSA | RSASign | DSA | ECDSA | EdDSALegacy | Ed25519 | Ed448)
}

fn is_unknown(subpacket: &Subpacket) -> bool {
    matches!(subpacket.data, SubpacketData::Experimental(..) | SubpacketData::Other(..))
}

/// The ID of the key that is said to have made the signature: a hint, proven by nothing yet.
pub fn issuer(signature: &Signature) -> Option<KeyId> {
    match signature.issuer_fingerprint().as_slice() {
        [.., fingerprint] => key_id(fingerprint),
        [] => signature.issuer_key_id().last().map(|id| **id),
    }
}

/// The ID within a fingerprint.
fn key_id(fingerprint: &Fingerprint) -> Option<KeyId> {
    let bytes = fingerprint.as_bytes();
    let id: Option<&[u8; 8]> = match fingerprint {
        Fingerprint::V5(_) | Fingerprint::V6(_) => bytes.first_chunk(),
        _ => bytes.last_chunk(),
    };
    id.map(|id| KeyId::from(*id))
}

/// Whether the signature is said to be made by this key.
pub fn is_by(signature: &Signature, key: &impl KeyDetails) -> bool {
    match signature.issuer_fingerprint().as_slice() {
        [.., fingerprint] => **fingerprint == key.fingerprint(),
        [] => signature.issuer_key_id().last().is_some_and(|id| **id == key.legacy_key_id()),
    }
}

/// When the signature was made, in seconds since 1970.
pub fn created(signature: &Signature) -> i64 {
    signature.created().map_or(i64::MAX, |time| time.as_secs().into())
}

/// What the key may be used for, where a signature says so.
pub fn flags(signature: &Signature) -> Option<&KeyFlags> {
    let mut hashed = signature.config()?.hashed_subpackets();
    hashed.find_map(|one| match &one.data {
        SubpacketData::KeyFlags(flags) => Some(flags),
        _ => None,
    })
}

/// Whether the signature does not count any more, or not yet.
pub fn is_expired(signature: &Signature, now: Timestamp) -> bool {
    let lifetime = signature.signature_expiration_time().map_or(0, |time| time.as_secs());
    is_over(created(signature), lifetime, now)
}

/// Whether the key does not count any more, or not yet, by the words of its own signature.
pub fn is_key_expired(key: &impl KeyDetails, own: &Signature, now: Timestamp) -> bool {
    let lifetime = own.key_expiration_time().map_or(0, |time| time.as_secs());
    is_over(key.created_at().as_secs().into(), lifetime, now)
}

/// A lifetime of 0 seconds has no end.
fn is_over(created: i64, lifetime: u32, now: Timestamp) -> bool {
    let now = now.as_second();
    created > now || (lifetime != 0 && now > created.saturating_add(lifetime.into()))
}

/// Whether one of these takes a key or a name back. A stolen key is taken back from its beginning.
pub fn is_revoked(revocations: &[Signature], now: Timestamp) -> bool {
    revocations.iter().any(|one| {
        let stolen = one.revocation_reason_code().is_some_and(|code| *code == RevocationCode::KeyCompromised);
        stolen || !is_expired(one, now)
    })
}

/// Checks that there is no critical notation: none is known here.
///
/// # Errors
/// The first one, by name.
pub fn check_notations(signature: &Signature) -> Result<(), Error> {
    let hashed = signature.config().into_iter().flat_map(|config| config.hashed_subpackets());
    for one in hashed.filter(|one| one.is_critical) {
        if let SubpacketData::Notation(notation) = &one.data {
            let name = String::from_utf8_lossy(&notation.name);
            return Err(Error::BadSignature(format!("unknown critical notation: {name}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::is_over;

    #[test]
    fn lifetimes() {
        let now = Timestamp::from_second(1000).unwrap();
        for (created, lifetime, over) in
            [(1000, 0, false), (1001, 0, true), (900, 100, false), (899, 100, true), (0, 0, false), (i64::MAX, 9, true)]
        {
            assert_eq!(is_over(created, lifetime, now), over, "{created} {lifetime}");
        }
    }
}
