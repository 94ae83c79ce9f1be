//! Signatures of charts: provenance files checked and written as Helm does (`pkg/provenance`). No I/O, no clock.

/// ASCII armour: binary data between two lines of dashes.
mod armor;
/// A key with its names and subkeys, as far as its own signatures vouch for them.
mod certificate;
/// What a signature says about itself.
mod claim;
/// Text with a signature below it.
mod cleartext;
/// What can be wrong, in Helm's words.
mod error;
/// GnuPG's container for keys.
mod keybox;
/// All keys of a file.
mod keyring;
/// OpenPGP data, packet by packet.
mod packet;
/// A provenance file for an archive.
mod sign;
/// The text of a provenance file: metadata, and a digest per file.
mod statement;
/// A provenance file against a key ring and an archive.
mod verify;

pub use error::Error;
pub use keyring::{KeyRing, MAX_RING_BYTES};
pub use pgp::types::Password;
pub use sign::Signer;
pub use statement::digest;
pub use verify::{MAX_PROVENANCE_BYTES, Verified, verify};
