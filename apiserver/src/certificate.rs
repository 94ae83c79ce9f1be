//! The server's own certificate: made, kept in a Secret, renewed, and made known to the core.
//!
//! The Secret `helmx-apiserver-tls` holds the authority (`ca.crt`, `ca.key`) and the serving pair (`tls.crt`,
//! `tls.key`). All replicas use the same one; who renews it first wins, the others read it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::{Span, Timestamp};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::sign::CertifiedKey;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::json;

use crate::requester::Own;

const SECRET: &str = "helmx-apiserver-tls";
const AUTHORITY_DAYS: i64 = 3650;
const SERVING_DAYS: i64 = 90;
/// The serving certificate is renewed when less than this is left of it.
const RENEWAL: Duration = Duration::from_secs(30 * 24 * 3600);
/// How often the certificate's age and the registration are looked at.
pub const PERIOD: Duration = Duration::from_secs(600);

/// Where the certificate is kept and whom it names.
pub struct Certificate {
    own: Own,
    namespace: String,
    service: String,
}

/// PEM texts of the Secret.
#[derive(Clone)]
struct Material {
    authority: String,
    authority_key: String,
    certificate: String,
    key: String,
}

impl Certificate {
    /// The certificate of `SERVICE.NAMESPACE.svc`.
    pub fn new(own: Own, namespace: &str, service: &str) -> Self {
        Self { own, namespace: namespace.into(), service: service.into() }
    }

    /// Reads the certificate, or makes or renews it, and writes the authority into the `APIService`.
    ///
    /// # Errors
    /// When the core refuses, or the Secret holds something else.
    pub async fn ensure(&self) -> Result<Arc<CertifiedKey>> {
        let material = self.material().await?;
        self.register(&material.authority).await?;
        let key = helmx_machinery::certified_key(material.certificate.as_bytes(), material.key.as_bytes())?;
        Ok(Arc::new(key))
    }

    async fn material(&self) -> Result<Material> {
        let secrets: Api<Secret> = Api::namespaced(self.own.client().clone(), &self.namespace);
        // Another replica may write between reading and writing; then its certificate is read.
        for _ in 0..5 {
            let stored = secrets.get_opt(SECRET).await.with_context(|| format!("reading secret {SECRET}"))?;
            let former = stored.as_ref().and_then(Material::read);
            if let Some(material) = &former
                && remaining(&material.certificate)? > RENEWAL
            {
                return Ok(material.clone());
            }
            let material = self.issue(former.as_ref())?;
            let secret = material.secret(stored.as_ref().map(|stored| stored.metadata.clone()));
            let written = match stored {
                Some(_) => secrets.replace(SECRET, &PostParams::default(), &secret).await,
                None => secrets.create(&PostParams::default(), &secret).await,
            };
            match written {
                Ok(_) => return Ok(material),
                Err(kube::Error::Api(status)) if status.code == 409 => {}
                Err(error) => return Err(error).with_context(|| format!("writing secret {SECRET}")),
            }
        }
        anyhow::bail!("secret {SECRET} keeps changing while it is renewed")
    }

    /// A new serving certificate, by the former authority while that is good for longer than the certificate.
    fn issue(&self, former: Option<&Material>) -> Result<Material> {
        let (authority, authority_key) = match former {
            Some(former)
                if remaining(&former.authority)? > Duration::from_secs(2 * SERVING_DAYS.unsigned_abs() * 86_400) =>
            {
                (former.authority.clone(), former.authority_key.clone())
            }
            Some(_) | None => self.authority()?,
        };
        let issuer = Issuer::from_ca_cert_pem(&authority, KeyPair::from_pem(&authority_key)?)?;
        let name = format!("{}.{}.svc", self.service, self.namespace);
        let mut params = CertificateParams::new(vec![name.clone(), "localhost".into(), "127.0.0.1".into()])?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        validity(&mut params, SERVING_DAYS)?;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &issuer)?.pem();
        Ok(Material { authority, authority_key, certificate, key: key.serialize_pem() })
    }

    fn authority(&self) -> Result<(String, String)> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.distinguished_name.push(DnType::CommonName, format!("{}.{}", self.service, self.namespace));
        validity(&mut params, AUTHORITY_DAYS)?;
        let key = KeyPair::generate()?;
        Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
    }

    /// Writes `spec.caBundle` if it is not there yet.
    async fn register(&self, authority: &str) -> Result<()> {
        let gvk = GroupVersionKind::gvk("apiregistration.k8s.io", "v1", "APIService");
        let services: Api<DynamicObject> = Api::all_with(self.own.client().clone(), &ApiResource::from_gvk(&gvk));
        let name = format!("{}.{}", helmx_api::VERSION, helmx_api::GROUP);
        let Some(service) = services.get_opt(&name).await.context("reading the APIService")? else {
            tracing::warn!(
                name,
                "helmx is not registered: the APIService does not exist; apply manifests/apiservice.yaml"
            );
            return Ok(());
        };
        let bundle = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, authority);
        if service.data.pointer("/spec/caBundle").and_then(|value| value.as_str()) == Some(&bundle) {
            return Ok(());
        }
        let patch = Patch::Merge(json!({"spec": {"caBundle": bundle}}));
        services
            .patch(&name, &PatchParams::default(), &patch)
            .await
            .context("writing spec.caBundle of the APIService")?;
        Ok(())
    }
}

impl Material {
    fn read(secret: &Secret) -> Option<Self> {
        let data = secret.data.as_ref()?;
        let text = |key: &str| String::from_utf8(data.get(key)?.0.clone()).ok();
        Some(Self {
            authority: text("ca.crt")?,
            authority_key: text("ca.key")?,
            certificate: text("tls.crt")?,
            key: text("tls.key")?,
        })
    }

    fn secret(&self, former: Option<ObjectMeta>) -> Secret {
        let entries = [
            ("ca.crt", &self.authority),
            ("ca.key", &self.authority_key),
            ("tls.crt", &self.certificate),
            ("tls.key", &self.key),
        ];
        let data: BTreeMap<_, _> =
            entries.map(|(key, text)| (key.to_owned(), ByteString(text.clone().into_bytes()))).into();
        let metadata = former.unwrap_or_else(|| ObjectMeta { name: Some(SECRET.into()), ..ObjectMeta::default() });
        Secret { metadata, data: Some(data), type_: Some("kubernetes.io/tls".into()), ..Secret::default() }
    }
}

/// From five minutes ago (clocks differ) until so many days from now.
fn validity(params: &mut CertificateParams, days: i64) -> Result<()> {
    let time = |timestamp: Timestamp| -> Result<_> {
        let date = timestamp.to_zoned(jiff::tz::TimeZone::UTC).date();
        Ok(rcgen::date_time_ymd(i32::from(date.year()), u8::try_from(date.month())?, u8::try_from(date.day())?))
    };
    let now = Timestamp::now();
    params.not_before = time(now.checked_sub(Span::new().minutes(5))?)?;
    params.not_after = time(now.checked_add(Span::new().hours(days * 24))?)?;
    Ok(())
}

/// How long a certificate is still good for.
fn remaining(pem: &str) -> Result<Duration> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).context("the certificate is no PEM")?;
    let (_, parsed) = x509_parser::parse_x509_certificate(&der).context("the certificate cannot be read")?;
    let left = parsed.validity().not_after.timestamp() - Timestamp::now().as_second();
    Ok(Duration::from_secs(u64::try_from(left).unwrap_or_default()))
}
