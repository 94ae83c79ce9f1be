//! What can be wrong with keys, signatures and provenance files, in the words of Helm and of its OpenPGP library.

/// Why something is not verified, not signed, or no key ring.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file is no text with a signature below it.
    #[error("signature block not found")]
    NoSignature,
    /// No key of the ring made the signature.
    #[error("openpgp: signature made by unknown entity")]
    UnknownSigner,
    /// The text is not the one that was signed, or another key signed it.
    #[error("openpgp: invalid signature: {0}")]
    BadSignature(String),
    #[error("openpgp: signature expired")]
    SignatureExpired,
    #[error("openpgp: key expired")]
    KeyExpired,
    #[error("openpgp: signature made by revoked key")]
    KeyRevoked,
    /// Data that is no OpenPGP, or breaks its rules.
    #[error("openpgp: invalid data: {0}")]
    Malformed(&'static str),
    #[error("openpgp: invalid argument: {0}")]
    Mismatch(&'static str),
    #[error("openpgp: unsupported feature: {0}")]
    Unsupported(String),
    /// A secret key that is a mark for one on a smart card or another machine.
    #[error("failed to either sign or armor message block: openpgp: s2k GNU dummy key: dummy key found")]
    Stub,
    #[error("unexpected EOF")]
    Truncated,
    #[error("reading keybox {ring}: {reason}")]
    Keybox { ring: String, reason: String },
    #[error("reading armored keyring {ring}: {reason}")]
    Armored { ring: String, reason: String },
    /// More than this program is willing to read.
    #[error("more than {limit} {what}")]
    TooMuch { what: &'static str, limit: usize },
    #[error("more than one key contain the id {0:?}")]
    VagueName(String),
    #[error("private key not found")]
    NoKey,
    #[error("provided key is not a private key. Try providing a keyring with secret keys")]
    NotSecret,
    #[error("message block must have at least two parts")]
    NoDigests,
    /// The digests are no YAML, or no digests.
    #[error("{0}")]
    BadDigests(String),
    #[error("provenance does not contain a SHA for a file named {0:?}")]
    NotListed(String),
    #[error("sha256 sum does not match for {name}: {promised:?} != {actual:?}")]
    OtherDigest { name: String, promised: String, actual: String },
    /// The library could not sign with this key.
    #[error("failed to either sign or armor message block: {0}")]
    NotSigned(String),
}
