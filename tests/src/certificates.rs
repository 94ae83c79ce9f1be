//! Certificates: separate authorities for the cluster, the front proxy and the chart repository.

use std::path::{Path, PathBuf};

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};

/// A certificate authority; its certificate lies in `folder/NAME.crt`.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

/// The files of a certificate and its key.
#[derive(Clone, Debug)]
pub struct Pair {
    /// PEM certificate.
    pub certificate: PathBuf,
    /// PEM key.
    pub key: PathBuf,
}

impl Authority {
    /// Makes a new authority and writes `NAME.crt` and `NAME.key`.
    pub fn create(folder: &Path, name: &str) -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.distinguished_name.push(DnType::CommonName, format!("{name} of a helmx test cluster"));
        let paths = Pair { certificate: folder.join(format!("{name}.crt")), key: folder.join(format!("{name}.key")) };
        std::fs::write(&paths.certificate, params.self_signed(&key)?.pem())?;
        std::fs::write(&paths.key, key.serialize_pem())?;
        let issuer = Issuer::new(params, key);
        Ok(Self { issuer, folder: folder.into(), certificate: paths.certificate, key: paths.key })
    }

    /// The authority's own certificate file.
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// The authority's key file (kube-controller-manager signs with it).
    pub fn key(&self) -> &Path {
        &self.key
    }

    /// A serving certificate for the given host names and addresses.
    pub fn serving(&self, name: &str, hosts: &[&str]) -> Result<Pair> {
        let mut params = CertificateParams::new(Vec::new())?;
        for host in hosts {
            let san = match host.parse() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName((*host).try_into()?),
            };
            params.subject_alt_names.push(san);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(name, params, name, &[])
    }

    /// A client certificate: `user` as common name, `groups` as organisations.
    pub fn client(&self, name: &str, user: &str, groups: &[&str]) -> Result<Pair> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(name, params, user, groups)
    }

    fn sign(&self, name: &str, mut params: CertificateParams, subject: &str, organisations: &[&str]) -> Result<Pair> {
        params.distinguished_name.push(DnType::CommonName, subject);
        for organisation in organisations {
            params.distinguished_name.push(DnType::OrganizationName, *organisation);
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let pair =
            Pair { certificate: self.folder.join(format!("{name}.crt")), key: self.folder.join(format!("{name}.key")) };
        std::fs::write(&pair.certificate, certificate.pem())?;
        std::fs::write(&pair.key, key.serialize_pem())?;
        Ok(pair)
    }
}

/// A key pair for ServiceAccount tokens (`sa.key`, `sa.pub`).
pub fn service_account_keys(folder: &Path) -> Result<Pair> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let pair = Pair { certificate: folder.join("sa.pub"), key: folder.join("sa.key") };
    std::fs::write(&pair.key, key.serialize_pem())?;
    std::fs::write(&pair.certificate, key.public_key_pem())?;
    Ok(pair)
}
