//! Certificates: authorities, self-signed and signed ones.

use std::any::Any;
use std::net::IpAddr;
use std::time::Duration;

use helmx_template::{Failure, Flow, Object, Run, Value};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType, SerialNumber,
};

use super::super::argument::{Arguments, items};
use super::super::convert::object;
use super::super::encode::base64_decode;
use super::super::{Answer, Library};
use super::key;
use super::rsa::Bits;

/// Sprig's `certificate`: both parts in PEM.
struct Certificate {
    cert: String,
    key: String,
}

impl Object for Certificate {
    fn type_name(&self) -> &'static str {
        "sprig.certificate"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::from(self.cert.as_str())),
            "Key" => Some(Value::from(self.key.as_str())),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Cert", Value::from(self.cert.as_str())), ("Key", Value::from(self.key.as_str()))]
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `genCA name days` and `genCAWithKey name days key`
pub(super) fn ca(library: &Library<'_>, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let pair = pair(library, run, args.get(2))?;
    let mut params = params(library, &args.str(0), args.int(1))?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages.push(KeyUsagePurpose::KeyCertSign);
    params.extended_key_usages = usages();
    finish(params.self_signed(&pair), &pair)
}

/// `genSelfSignedCert name ips names days` and its twin with a key
pub(super) fn self_signed(library: &Library<'_>, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let pair = pair(library, run, args.get(4))?;
    let mut params = params(library, &args.str(0), args.int(3))?;
    params.subject_alt_names = alternatives(args)?;
    finish(params.self_signed(&pair), &pair)
}

/// `genSignedCert name ips names days ca` and its twin with a key
pub(super) fn signed(library: &Library<'_>, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let authority = object::<Certificate>(args.any(4)).ok_or_else(|| Failure::text("unable to decode certificate"))?;
    let pair = pair(library, run, args.get(5))?;
    let mut params = params(library, &args.str(0), args.int(3))?;
    params.subject_alt_names = alternatives(args)?;
    let signer = KeyPair::from_pem(&authority.key)
        .map_err(|error| Failure::text(format!("error parsing private key: {error}")))?;
    let issuer = Issuer::from_ca_cert_pem(&authority.cert, signer)
        .map_err(|error| Failure::text(format!("error parsing certificate: {error}")))?;
    finish(params.signed_by(&pair, &issuer), &pair)
}

/// `buildCustomCert cert key`, both in base64 over PEM
pub(super) fn custom(args: &[Value]) -> Answer {
    let part = |index: usize, name: &str| {
        base64_decode(args.text(index)).map_err(|_| Failure::text(format!("unable to decode base64 {name}")))
    };
    let (cert, key) = (part(0, "certificate")?, part(1, "private key")?);
    let (cert, key) = (String::from_utf8_lossy(&cert).into_owned(), String::from_utf8_lossy(&key).into_owned());
    if !x509_parser::pem::parse_x509_pem(cert.as_bytes()).is_ok_and(|(_, pem)| pem.parse_x509().is_ok()) {
        return Err(Failure::text("unable to decode certificate"));
    }
    KeyPair::from_pem(&key).map_err(|error| Failure::text(format!("error parsing private key: {error}")))?;
    Ok(Value::object(Certificate { cert, key }))
}

/// The given key, or a new one.
fn pair(library: &Library<'_>, run: &mut Run<'_>, given: Option<&Value>) -> Result<KeyPair, Failure> {
    let Some(Value::String(pem)) = given else { return key::rsa(library, run, Bits::Certificate) };
    let pem = String::from_utf8_lossy(pem);
    if !pem.contains("-----BEGIN ") {
        return Err(Failure::text("parsing private key: no PEM data in input"));
    }
    KeyPair::from_pem(&pem).map_err(|error| Failure::text(format!("parsing private key: {error}")))
}

fn params(library: &Library<'_>, name: &str, days: i64) -> Result<CertificateParams, Failure> {
    let mut params = CertificateParams::default();
    let mut serial = [0; 16];
    library.host.random(&mut serial)?;
    // A serial number is positive.
    serial[0] &= 0x7f;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = u64::try_from(library.host.now().as_second()).unwrap_or(0);
    let lifetime = days.clamp(0, 365_000).unsigned_abs() * 86_400;
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + Duration::from_secs(now);
    params.not_after = epoch + Duration::from_secs(now + lifetime);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = usages();
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn usages() -> Vec<ExtendedKeyUsagePurpose> {
    vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth]
}

/// The second argument's addresses and the third one's names.
fn alternatives(args: &[Value]) -> Result<Vec<SanType>, Failure> {
    let mut all = Vec::new();
    for value in items(args.any(1)).unwrap_or_default().iter() {
        let Value::String(address) = value else {
            let shown = helmx_template::format::verb_v(value);
            return Err(Failure::text(format!("error parsing ip: {shown} is not a string")));
        };
        let address = String::from_utf8_lossy(address);
        let address: IpAddr = address.parse().map_err(|_| Failure::text(format!("error parsing ip: {address}")))?;
        all.push(SanType::IpAddress(address));
    }
    for value in items(args.any(2)).unwrap_or_default().iter() {
        let shown = helmx_template::format::verb_v(value);
        let Value::String(_) = value else {
            return Err(Failure::text(format!("error processing alternate dns name: {shown} is not a string")));
        };
        let name = shown.try_into().map_err(|_| Failure::text("error processing alternate dns name: not ASCII"))?;
        all.push(SanType::DnsName(name));
    }
    Ok(all)
}

fn finish(result: Result<rcgen::Certificate, rcgen::Error>, pair: &KeyPair) -> Result<Flow, Failure> {
    let cert = result.map_err(|error| Failure::text(format!("error creating certificate: {error}")))?;
    let cert = key::pem("CERTIFICATE", cert.der());
    Ok(Value::object(Certificate { cert, key: key::to_pem(pair) }).into())
}
