//! Keys, certificates, password hashes and encryption.

mod certificate;
mod key;
mod password;
mod rsa;

use aws_lc_rs::cipher::{
    AES_256, AES_CBC_IV_LEN, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use helmx_template::{Failure, Flow, Run, Type, Value};

use super::argument::Arguments;
use super::encode::base64_decode;
use super::{Answer, Entry, Library, engine, plain};

pub(super) use rsa::Keys;

const I: Type = Type::Int;
const L: Type = Type::List;
const S: Type = Type::String;
const CERTIFICATE: Type = Type::Named("sprig.certificate");

pub(super) const TABLE: &[Entry] = &[
    engine("genPrivateKey", &[S], key::private),
    engine("genCA", &[S, I], certificate::ca),
    engine("genCAWithKey", &[S, I, S], certificate::ca),
    engine("genSelfSignedCert", &[S, L, L, I], certificate::self_signed),
    engine("genSelfSignedCertWithKey", &[S, L, L, I, S], certificate::self_signed),
    engine("genSignedCert", &[S, L, L, I, CERTIFICATE], certificate::signed),
    engine("genSignedCertWithKey", &[S, L, L, I, CERTIFICATE, S], certificate::signed),
    plain("buildCustomCert", &[S, S], certificate::custom),
    engine("bcrypt", &[S], password::bcrypt),
    engine("htpasswd", &[S, S], password::htpasswd),
    engine("derivePassword", &[Type::Uint32, S, S, S, S], password::derive),
    engine("encryptAES", &[S, S], encrypt),
    plain("decryptAES", &[S, S], decrypt),
];

/// The first 32 bytes of the password, filled up with zeros.
fn aes_key(password: &[u8]) -> Result<UnboundCipherKey, Failure> {
    let mut bytes = [0; 32];
    for (byte, given) in bytes.iter_mut().zip(password) {
        *byte = *given;
    }
    UnboundCipherKey::new(&AES_256, &bytes).map_err(|_| Failure::text("the AES key cannot be used"))
}

/// AES-256-CBC with PKCS#7 padding; the initialisation vector stands in front, all in base64.
fn encrypt(library: &Library<'_>, _: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let failed = |_| Failure::text("encryption failed");
    let mut vector = [0; AES_CBC_IV_LEN];
    library.host.random(&mut vector)?;
    let mut content = args.text(1).to_vec();
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(aes_key(args.text(0))?).map_err(failed)?;
    key.less_safe_encrypt(&mut content, EncryptionContext::Iv128(FixedLength::from(vector))).map_err(failed)?;
    Ok(Value::from(data_encoding::BASE64.encode(&[&vector[..], &content].concat())).into())
}

fn decrypt(args: &[Value]) -> Answer {
    let mut bytes = base64_decode(args.text(1)).map_err(Failure::Text)?;
    if args.text(1).is_empty() {
        return Ok(Value::from(""));
    }
    let length = bytes.len();
    let Some((vector, content)) = bytes.split_first_chunk_mut::<AES_CBC_IV_LEN>() else {
        let message = format!("runtime error: slice bounds out of range [:16] with capacity {length}");
        return Err(Failure::text(message));
    };
    let failed = |_| Failure::text("decryption failed: wrong password or damaged text");
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(aes_key(args.text(0))?).map_err(failed)?;
    let plain = key.decrypt(content, DecryptionContext::Iv128(FixedLength::from(*vector))).map_err(failed)?;
    Ok(Value::string(&*plain))
}
