//! Signing and checking with keys of many kinds; what must not count.

#![allow(clippy::disallowed_methods, reason = "a test has a clock")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use helmx_provenance::{Error, KeyRing, Password, Signer, Verified, verify};
use jiff::Timestamp;
use pgp::composed::{
    ArmorOptions, CleartextSignedMessage, KeyType, SecretKeyParamsBuilder, SignedPublicKey, SignedSecretKey,
    SubkeyParamsBuilder,
};
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::packet::{Notation, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::ser::Serialize as _;
use pgp::types::{Duration, KeyDetails as _, KeyVersion};

const NAME: &str = "web-1.0.0.tgz";
const ARCHIVE: &[u8] = b"an archive";
const METADATA: &str = "apiVersion: v2\nname: web  \n- odd\nversion: 1.0.0\n";

fn builder(owner: &str, kind: KeyType) -> SecretKeyParamsBuilder {
    let mut builder = SecretKeyParamsBuilder::default();
    builder.key_type(kind).can_certify(true).can_sign(true).primary_user_id(owner.to_owned());
    builder
}

fn made(builder: &SecretKeyParamsBuilder) -> SignedSecretKey {
    builder.build().unwrap().generate(rand::thread_rng()).unwrap()
}

fn key(owner: &str) -> SignedSecretKey {
    made(&builder(owner, KeyType::Ed25519Legacy))
}

fn secret(keys: &[&SignedSecretKey]) -> Vec<u8> {
    keys.iter().flat_map(|key| key.to_bytes().unwrap()).collect()
}

fn public(keys: &[&SignedSecretKey]) -> Vec<u8> {
    keys.iter().flat_map(|key| SignedPublicKey::from((*key).clone()).to_bytes().unwrap()).collect()
}

fn ring(data: &[u8]) -> KeyRing {
    KeyRing::parse("ring", data).unwrap()
}

fn fault(data: &[u8]) -> String {
    KeyRing::parse("ring", data).map(|_| ()).unwrap_err().to_string()
}

fn unasked(_: &str) -> Result<Password, Error> {
    panic!("this key is not locked")
}

fn signed(key: &SignedSecretKey, owner: &str) -> String {
    let signer = Signer::find(&ring(&secret(&[key])), owner, unasked).unwrap();
    signer.sign(METADATA, NAME, ARCHIVE, Timestamp::now()).unwrap()
}

fn checked(provenance: &str, keys: &[&SignedSecretKey]) -> Result<Verified, Error> {
    verify(ARCHIVE, NAME, provenance.as_bytes(), &ring(&public(keys)), Timestamp::now())
}

#[test]
fn keys_of_many_kinds() {
    let kinds = [
        KeyType::Ed25519Legacy,
        KeyType::Ed25519,
        KeyType::ECDSA(ECCCurve::P256),
        KeyType::ECDSA(ECCCurve::P384),
        KeyType::Rsa(2048),
    ];
    for version in [KeyVersion::V4, KeyVersion::V6] {
        for kind in kinds.iter().filter(|kind| version == KeyVersion::V4 || **kind != KeyType::Ed25519Legacy) {
            let key = made(builder("Ann <ann@x>", kind.clone()).version(version));
            let verified = checked(&signed(&key, "ann"), &[&self::key("other"), &key]).unwrap();
            assert_eq!(verified.names, ["Ann <ann@x>"], "{kind:?}");
            assert_eq!(verified.fingerprint, format!("{:X}", key.fingerprint()));
            assert_eq!(verified.digest, helmx_provenance::digest(ARCHIVE));
        }
    }
}

#[test]
fn what_was_changed_does_not_count() {
    let key = key("Ann");
    let good = signed(&key, "Ann");
    let bad_text = Error::BadSignature("EdDSA verification failure".to_owned());
    let other = self::key("Bob");
    for (provenance, keys, wanted) in [
        (good.replace("name: web", "name: wet"), &key, bad_text.clone()),
        (good.replace("sha256:", "sha256:0"), &key, bad_text.clone()),
        (good.replace("- - odd", "- -- odd"), &key, bad_text),
        (good.clone(), &other, Error::UnknownSigner),
        (good.replace("-----BEGIN PGP SIGNATURE", "-----BEGIN PGP"), &key, Error::NoSignature),
        (String::new(), &key, Error::NoSignature),
        (signed(&other, "Bob"), &key, Error::UnknownSigner),
    ] {
        assert_eq!(checked(&provenance, &[keys]), Err(wanted), "{provenance}");
    }
    // White space at the end of lines is no part of the text, nor are line ends.
    for same in [good.replace("name: web", "name: web  "), good.replace('\n', "\r\n"), format!("x\n{good}\nx")] {
        assert!(checked(&same, &[&key]).is_ok());
    }
    let now = Timestamp::now();
    let ring = ring(&public(&[&key]));
    let otherwise = verify(b"another archive", NAME, good.as_bytes(), &ring, now);
    assert!(matches!(otherwise, Err(Error::OtherDigest { .. })), "{otherwise:?}");
    assert_eq!(verify(ARCHIVE, "b.tgz", good.as_bytes(), &ring, now), Err(Error::NotListed("b.tgz".to_owned())));
    assert_eq!(verify(ARCHIVE, NAME, &[good.as_bytes(), b"\xff"].concat(), &ring, now), Err(Error::NoSignature));
}

#[test]
fn text_before_the_signed_one_is_not_believed() {
    let key = key("Ann");
    let good = signed(&key, "Ann");
    let forged = format!("files:\n  evil.tgz: {}\n...\n{good}", helmx_provenance::digest(b"evil"));
    let outcome = verify(b"evil", "evil.tgz", forged.as_bytes(), &ring(&public(&[&key])), Timestamp::now());
    assert_eq!(outcome, Err(Error::NotListed("evil.tgz".to_owned())));
}

#[test]
fn keys_that_do_not_count_now() {
    let day = |days: i64| Timestamp::now().checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
    let key = key("Ann");
    let good = signed(&key, "Ann");
    let ring = ring(&public(&[&key]));
    let at = |days| verify(ARCHIVE, NAME, good.as_bytes(), &ring, day(days)).map(|_| ());
    assert_eq!(at(0), Ok(()));
    assert_eq!(at(10_000), Ok(()));
    assert_eq!(at(-2), Err(Error::KeyExpired));

    let unmarked = made(builder("Bob", KeyType::Ed25519Legacy).can_sign(false));
    assert_eq!(checked(&signed(&unmarked, "Bob"), &[&unmarked]), Err(Error::UnknownSigner));
}

#[test]
fn a_subkey_signs_for_its_key() {
    let mut parts = SubkeyParamsBuilder::default();
    let subkey = |sign: bool| parts.clone().key_type(KeyType::Ed25519).can_sign(sign).build().unwrap();
    let mut params = builder("Ann", KeyType::Ed25519Legacy);
    let key = made(params.subkeys(vec![subkey(true), subkey(false)]));
    parts.can_sign(false);
    let text = format!("name: web\n...\nfiles:\n  {NAME}: {}\n", helmx_provenance::digest(ARCHIVE));
    let by = |number: usize, extra: Option<SubpacketData>, kind: SignatureType| {
        let part = &key.secret_subkeys[number].key;
        let mut config = SignatureConfig::from_key(rand::thread_rng(), part, kind).unwrap();
        config.hashed_subpackets = vec![
            Subpacket::regular(SubpacketData::SignatureCreationTime(pgp::types::Timestamp::now())).unwrap(),
            Subpacket::regular(SubpacketData::IssuerFingerprint(part.fingerprint())).unwrap(),
        ];
        config.hashed_subpackets.extend(extra.map(|data| Subpacket::critical(data).unwrap()));
        let message = CleartextSignedMessage::new(&text, config, part, &Password::empty()).unwrap();
        message.to_armored_string(ArmorOptions::default()).unwrap()
    };
    assert_eq!(checked(&by(0, None, SignatureType::Text), &[&key]).unwrap().names, ["Ann"]);
    assert!(checked(&by(0, None, SignatureType::Binary), &[&key]).is_ok());
    // Not marked for signing; something critical that is not understood; a lifetime that is over.
    assert_eq!(checked(&by(1, None, SignatureType::Text), &[&key]), Err(Error::UnknownSigner));
    let notation = Notation { readable: true, name: "a@x".into(), value: "b".into() };
    let notation = by(0, Some(SubpacketData::Notation(notation)), SignatureType::Text);
    let wanted = Error::BadSignature("unknown critical notation: a@x".to_owned());
    assert_eq!(checked(&notation, &[&key]), Err(wanted));
    let short = by(0, Some(SubpacketData::SignatureExpirationTime(Duration::from_secs(60))), SignatureType::Text);
    assert!(checked(&short, &[&key]).is_ok());
    let later = Timestamp::now().checked_add(jiff::SignedDuration::from_mins(5)).unwrap();
    let outcome = verify(ARCHIVE, NAME, short.as_bytes(), &ring(&public(&[&key])), later);
    assert_eq!(outcome, Err(Error::SignatureExpired));
    // A subkey that somebody claims who does not have it: the primary key is another's.
    let thief = self::key("Eve");
    let mut stolen = public(&[&thief]);
    let owned = public(&[&key]);
    stolen.extend_from_slice(&owned[public_primary_length(&key)..]);
    assert_eq!(fault(&stolen), "openpgp: invalid data: subkey signature invalid");
}

/// How many bytes key, name and the name's signature take.
fn public_primary_length(key: &SignedSecretKey) -> usize {
    let mut alone = SignedPublicKey::from(key.clone());
    alone.public_subkeys.clear();
    alone.to_bytes().unwrap().len()
}

#[test]
fn locked_keys_ask_for_their_passphrase() {
    let key = made(builder("Ann <ann@x>", KeyType::Ed25519Legacy).passphrase(Some("open".to_owned())));
    let ring = ring(&secret(&[&key]));
    let with = |passphrase: &'static str| {
        Signer::find(&ring, "ann", |name: &str| {
            assert_eq!(name, "Ann <ann@x>");
            Ok::<_, Error>(Password::from(passphrase))
        })
    };
    let provenance = with("open").unwrap().sign(METADATA, NAME, ARCHIVE, Timestamp::now()).unwrap();
    assert!(checked(&provenance, &[&key]).is_ok());
    for wrong in ["", "Open"] {
        let error = with(wrong).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "openpgp: invalid data: private key checksum failure");
    }
    let refused = Signer::find(&ring, "ann", |_: &str| Err(Error::NoKey)).map(|_| ()).unwrap_err();
    assert_eq!(refused, Error::NoKey);
}

#[test]
fn keys_by_name() {
    let (ann, anna) = (key("Ann"), key("Anna <a@x>"));
    let both = ring(&secret(&[&ann, &anna]));
    let find = |ring: &KeyRing, name: &str| Signer::find(ring, name, unasked).map(|_| ());
    assert_eq!(find(&both, "Ann"), Ok(()));
    assert_eq!(find(&both, "a@x"), Ok(()));
    assert_eq!(find(&both, "An"), Err(Error::VagueName("An".to_owned())));
    assert_eq!(find(&both, "Bob"), Err(Error::NoKey));
    assert_eq!(find(&ring(&public(&[&ann])), "Ann"), Err(Error::NotSecret));
}

#[test]
fn rings_of_all_kinds() {
    let (ann, bob) = (key("Ann"), key("Bob"));
    let provenance = signed(&ann, "Ann");
    let binary = public(&[&bob, &ann]);
    let armored =
        |key: &SignedSecretKey| SignedPublicKey::from(key.clone()).to_armored_string(ArmorOptions::default()).unwrap();
    let block = public(&[&ann]);
    let length = |bytes: usize| u32::try_from(bytes).unwrap().to_be_bytes();
    let keybox = [
        &[0, 0, 0, 16, 1, 1, 0, 2][..],
        b"KBXf\0\0\0\0",
        &length(16 + block.len()),
        &[2, 1, 0, 0, 0, 0, 0, 16],
        &length(block.len()),
        &block,
    ]
    .concat();
    let rings = [
        binary.clone(),
        secret(&[&ann]),
        format!("\n {}{}", armored(&bob), armored(&ann)).into_bytes(),
        ann.to_armored_string(ArmorOptions::default()).unwrap().into_bytes(),
        keybox.clone(),
    ];
    for data in rings {
        assert!(verify(ARCHIVE, NAME, provenance.as_bytes(), &ring(&data), Timestamp::now()).is_ok());
    }
    assert_eq!(checked(&provenance, &[&bob]), Err(Error::UnknownSigner));
    assert!(KeyRing::parse("ring", b"").is_ok(), "an empty file has no keys");
    for (data, wanted) in [
        (b"text".to_vec(), "openpgp: invalid data: tag byte does not have MSB set"),
        (binary[..binary.len() - 1].to_vec(), "unexpected EOF"),
        ([&[0xcd, 1, b'a'], &b"text"[..]].concat(), "openpgp: invalid data: tag byte does not have MSB set"),
        (vec![0xcd, 1, b'a'], "openpgp: invalid data: first packet was not a public/private key"),
        (keybox[..keybox.len() - 1].to_vec(), "reading keybox ring: blob at offset 16 has length"),
        (keybox[..16].to_vec(), "reading keybox ring: keybox contains no OpenPGP keys"),
        (provenance.into_bytes(), "reading armored keyring ring: expected a public or private key block, got"),
        (b"-----BEGIN PGP".to_vec(), "reading armored keyring ring: no keys found"),
        (
            b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n*\n-----END PGP PUBLIC KEY BLOCK-----".to_vec(),
            "reading armored keyring ring: openpgp: invalid data: armor invalid",
        ),
    ] {
        let fault = fault(&data);
        assert!(fault.starts_with(wanted), "{fault}");
    }
}

/// Whatever is changed: nothing panics, and nothing else than the signed text is believed.
#[test]
fn damaged_data_is_refused() {
    let key = key("Ann");
    let (good, public) = (signed(&key, "Ann").into_bytes(), public(&[&key]));
    let ring = ring(&public);
    let now = Timestamp::now();
    let mut state = 1_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let mut refused = 0;
    for _ in 0..2_000 {
        let mut bad = good.clone();
        let at = random(bad.len());
        bad[at] ^= 1 << random(8);
        match verify(b"evil", NAME, &bad, &ring, now) {
            Ok(_) => panic!("believed: {}", String::from_utf8_lossy(&bad)),
            Err(_) => refused += 1,
        }
        let mut bad_ring = public.clone();
        let at = random(bad_ring.len());
        bad_ring[at] ^= 1 << random(8);
        if let Ok(ring) = KeyRing::parse("ring", &bad_ring) {
            let _ = verify(ARCHIVE, NAME, &good, &ring, now);
        }
    }
    assert_eq!(refused, 2_000);
}
