//! A provenance file for an archive.

use jiff::Timestamp;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{PacketTrait as _, SecretKey, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::types::{KeyDetails as _, KeyVersion, Password, S2kParams, SecretParams, StringToKey};

use crate::{Error, KeyRing, cleartext, statement};

/// What Helm signs with, too.
const HASH: HashAlgorithm = HashAlgorithm::Sha512;

/// A secret key, ready for use.
pub struct Signer {
    key: SecretKey,
}

impl Signer {
    /// The key of the ring that has `name` in one of its names. A key that is locked is opened with what `passphrase`
    /// returns; it is asked only then, with the key's first name.
    ///
    /// # Errors
    /// No such key, several of them, a key that is not secret, a wrong passphrase; those of `passphrase`.
    pub fn find<E: From<Error>>(
        ring: &KeyRing,
        name: &str,
        passphrase: impl FnOnce(&str) -> Result<Password, E>,
    ) -> Result<Self, E> {
        let certificate = ring.named(name)?;
        let mut key = certificate.secret.clone().ok_or(Error::NotSecret)?;
        if is_stub(&key) {
            return Err(Error::Stub.into());
        }
        if matches!(key.secret_params(), SecretParams::Encrypted(_)) {
            let password = passphrase(certificate.names().next().unwrap_or("Unknown"))?;
            key.remove_password(&password).map_err(|_| Error::Malformed("private key checksum failure"))?;
        }
        Ok(Self { key })
    }

    /// The provenance file of an archive with the file name `name`; `metadata` is the chart's `Chart.yaml`.
    ///
    /// # Errors
    /// A key that cannot sign.
    pub fn sign(&self, metadata: &str, name: &str, archive: &[u8], now: Timestamp) -> Result<String, Error> {
        let text = cleartext::canonical(&statement::write(metadata, name, &statement::digest(archive))?);
        let signed = text.replace('\n', "\r\n");
        let (hash, signature) =
            self.signature(signed.as_bytes(), now).map_err(|error| Error::NotSigned(error.to_string()))?;
        Ok(cleartext::write(&text, &hash.to_string(), &signature))
    }

    /// The packet of a signature, and the hash that it signs.
    fn signature(&self, signed: &[u8], now: Timestamp) -> pgp::errors::Result<(HashAlgorithm, Vec<u8>)> {
        let mut config = SignatureConfig::from_key(rand::thread_rng(), &self.key, SignatureType::Text)?;
        // In version 6 the salt is made for the key's own choice.
        if self.key.version() == KeyVersion::V4 {
            config.hash_alg = HASH;
        }
        let hash = config.hash_alg;
        let time = pgp::types::Timestamp::from_secs(u32::try_from(now.as_second()).unwrap_or(u32::MAX));
        config.hashed_subpackets = vec![
            Subpacket::regular(SubpacketData::SignatureCreationTime(time))?,
            Subpacket::regular(SubpacketData::IssuerFingerprint(self.key.fingerprint()))?,
        ];
        if self.key.version() == KeyVersion::V4 {
            let id = SubpacketData::IssuerKeyId(self.key.legacy_key_id());
            config.unhashed_subpackets = vec![Subpacket::regular(id)?];
        }
        let signature = config.sign(&self.key, &Password::empty(), signed)?;
        let mut packet = Vec::new();
        signature.to_writer_with_header(&mut packet)?;
        Ok((hash, packet))
    }
}

/// Whether the secret part is elsewhere, as on a smart card.
fn is_stub(key: &SecretKey) -> bool {
    let SecretParams::Encrypted(locked) = key.secret_params() else { return false };
    match locked.string_to_key_params() {
        S2kParams::Cfb { s2k, .. } | S2kParams::MalleableCfb { s2k, .. } | S2kParams::Aead { s2k, .. } => {
            matches!(s2k, StringToKey::Private { .. })
        }
        S2kParams::Unprotected | S2kParams::LegacyCfb { .. } => false,
    }
}
