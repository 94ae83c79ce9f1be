//! OpenPGP data, packet by packet (RFC 9580, 4): what key rings and signatures are made of.

use pgp::composed::PacketBodyReader;
use pgp::packet::{
    Packet as Parsed, PacketHeader, PublicKey, PublicSubkey, SecretKey, SecretSubkey, Signature, UserId,
};
use pgp::types::{PacketLength, Tag};

use crate::{Error, claim};

/// The most packets that one ring or signature may have.
const MAX_PACKETS: usize = 400_000;

/// A packet, as far as it matters here.
pub enum Packet {
    Key(Box<PublicKey>),
    SecretKey(Box<SecretKey>),
    Subkey(Box<PublicSubkey>),
    SecretSubkey(Box<SecretSubkey>),
    User(UserId),
    Signature(Box<Signature>),
    /// A key that cannot be read: what follows belongs to it, not to the key before.
    UnreadableKey,
    /// Something that signatures behind it may belong to.
    Other,
}

/// Reads packets one by one. Packets of unknown kinds and signatures that cannot be read are passed over.
pub struct Packets<'d> {
    rest: &'d [u8],
    read: usize,
}

impl<'d> Packets<'d> {
    pub fn new(data: &'d [u8]) -> Self {
        Self { rest: data, read: 0 }
    }

    fn next_packet(&mut self) -> Result<Option<Packet>, Error> {
        while let Some(first) = self.rest.first() {
            if first & 0x80 == 0 {
                return Err(Error::Malformed("tag byte does not have MSB set"));
            }
            self.read += 1;
            if self.read > MAX_PACKETS {
                return Err(Error::TooMuch { what: "OpenPGP packets", limit: MAX_PACKETS });
            }
            let (header, body) = self.frame()?;
            if let Some(packet) = read(header, body) {
                return Ok(Some(packet));
            }
        }
        Ok(None)
    }

    /// Cuts the next packet off.
    fn frame(&mut self) -> Result<(PacketHeader, &'d [u8]), Error> {
        let header = PacketHeader::try_from_reader(&mut self.rest).map_err(|_| Error::Truncated)?;
        let length = match header.packet_length() {
            PacketLength::Fixed(length) => usize::try_from(length).unwrap_or(usize::MAX),
            PacketLength::Indeterminate => self.rest.len(),
            // Only messages may come in parts.
            PacketLength::Partial(_) => return Err(Error::Malformed("partial length of a key or signature")),
        };
        let (body, rest) = self.rest.split_at_checked(length).ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok((header, body))
    }
}

impl Iterator for Packets<'_> {
    type Item = Result<Packet, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_packet();
        if next.is_err() {
            self.rest = &[];
        }
        next.transpose()
    }
}

/// The packet; `None` if it is to be passed over.
fn read(header: PacketHeader, body: &[u8]) -> Option<Packet> {
    let tag = header.tag();
    match tag {
        Tag::PublicKey
        | Tag::SecretKey
        | Tag::PublicSubkey
        | Tag::SecretSubkey
        | Tag::UserId
        | Tag::UserAttribute
        | Tag::Signature => {}
        // GnuPG's notes on trust stand between a key and its signatures.
        Tag::Trust | Tag::Marker | Tag::Padding => return None,
        tag => return is_known(tag).then_some(Packet::Other),
    }
    let parsed = PacketBodyReader::new(header, body)
        .map_err(pgp::errors::Error::from)
        .and_then(|mut body| Parsed::from_reader(header, &mut body));
    match parsed {
        Ok(Parsed::PublicKey(key)) => Some(Packet::Key(Box::new(key))),
        Ok(Parsed::SecretKey(key)) => Some(Packet::SecretKey(Box::new(key))),
        Ok(Parsed::PublicSubkey(key)) => Some(Packet::Subkey(Box::new(key))),
        Ok(Parsed::SecretSubkey(key)) => Some(Packet::SecretSubkey(Box::new(key))),
        Ok(Parsed::UserId(user)) => Some(Packet::User(user)),
        Ok(Parsed::Signature(signature)) => {
            claim::is_supported(&signature).then(|| Packet::Signature(signature.into()))
        }
        Ok(_) => Some(Packet::Other),
        Err(_) if matches!(tag, Tag::PublicKey | Tag::SecretKey) => Some(Packet::UnreadableKey),
        // Its signatures must not be taken for those of the packet before it.
        Err(_) if tag != Tag::Signature => Some(Packet::Other),
        Err(_) => None,
    }
}

/// Whether the tag is one that RFC 9580 knows.
fn is_known(tag: Tag) -> bool {
    !matches!(tag, Tag::UnassignedCritical(_) | Tag::UnassignedNonCritical(_) | Tag::Experimental(_) | Tag::Invalid(_))
}

#[cfg(test)]
mod tests {
    use super::{MAX_PACKETS, Packet, Packets};
    use crate::Error;

    #[test]
    fn what_is_no_openpgp() {
        for (data, wanted) in [
            (&b"text"[..], Error::Malformed("tag byte does not have MSB set")),
            (&[0xcd], Error::Truncated),
            (&[0xcd, 5, b'a'], Error::Truncated),
            (&[0xcd, 0xff, 0xff, 0xff, 0xff, 0xff, b'a'], Error::Truncated),
            (&[0xcd, 0xe1, b'a', b'b'], Error::Malformed("partial length of a key or signature")),
            (&[0xcd, 1, b'a', b'x'], Error::Malformed("tag byte does not have MSB set")),
        ] {
            let mut packets = Packets::new(data).filter(Result::is_err);
            assert_eq!(packets.next().and_then(Result::err), Some(wanted));
            assert!(packets.next().is_none());
        }
    }

    #[test]
    fn packets_are_counted() {
        let markers = [0xca, 3, b'P', b'G', b'P'].repeat(MAX_PACKETS + 1);
        assert!(matches!(Packets::new(&markers).next(), Some(Err(Error::TooMuch { .. }))));
    }

    #[test]
    fn what_is_passed_over() {
        // A marker, trust, an unassigned packet, a broken signature; then a name.
        let data = [0xca, 3, b'P', b'G', b'P', 0xcc, 1, 0, 0xfb, 1, 0, 0xc2, 1, 9, 0xcd, 1, b'a'];
        let packets: Vec<_> = Packets::new(&data).collect();
        assert!(matches!(packets.as_slice(), [Ok(Packet::User(user))] if user.id() == b"a"));
        let broken_key = [0xc6, 2, 4, 0];
        assert!(matches!(Packets::new(&broken_key).next(), Some(Ok(Packet::UnreadableKey))));
    }
}
