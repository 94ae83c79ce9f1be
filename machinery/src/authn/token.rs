//! Bearer tokens: TokenReview by the core, remembered for ten seconds by the token's hash.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec};
use kube::api::{Api, PostParams};
use moka::future::Cache;
use sha2::{Digest, Sha256};

use super::User;
use crate::status::{Result, Status};

/// How long a token is believed; refusals are not remembered.
const TOKEN_TTL: Duration = Duration::from_secs(10);
const REVIEW_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_TOKENS: u64 = 10_000;
/// No real token is longer; the core would have to parse it.
const MAX_TOKEN: usize = 32 * 1024;

pub(super) struct TokenReviewer {
    client: kube::Client,
    known: Cache<[u8; 32], Arc<User>>,
}

impl TokenReviewer {
    pub(super) fn new(client: kube::Client) -> Self {
        Self { client, known: Cache::builder().max_capacity(MAX_TOKENS).time_to_live(TOKEN_TTL).build() }
    }

    /// The owner of the token in an `Authorization` header; `None` if it does not hold.
    ///
    /// Errors: 500 when the core cannot be asked.
    pub(super) async fn user(&self, header: &HeaderValue) -> Result<Option<User>> {
        let Some(token) = bearer(header) else { return Ok(None) };
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(user) = self.known.get(&hash).await {
            return Ok(Some(User::clone(&user)));
        }
        let user = self.review(token).await?;
        if let Some(user) = &user {
            self.known.insert(hash, Arc::new(user.clone())).await;
        }
        Ok(user)
    }

    async fn review(&self, token: &str) -> Result<Option<User>> {
        let spec = TokenReviewSpec { token: token.to_owned(), ..TokenReviewSpec::default() };
        let review = TokenReview { spec, ..TokenReview::default() };
        let api: Api<TokenReview> = Api::all(self.client.clone());
        let post = PostParams::default();
        let reviewed = match tokio::time::timeout(REVIEW_TIMEOUT, api.create(&post, &review)).await {
            Ok(Ok(reviewed)) => reviewed,
            Ok(Err(error)) => {
                tracing::error!(%error, "cannot create a TokenReview; the request is refused");
                return Err(Status::internal("the bearer token could not be checked; try again"));
            }
            Err(_) => return Err(Status::internal("the bearer token could not be checked in time")),
        };
        let status = reviewed.status.unwrap_or_default();
        if !status.authenticated.unwrap_or(false) {
            return Ok(None);
        }
        let info = status.user.unwrap_or_default();
        let extra: BTreeMap<String, Vec<String>> = info.extra.unwrap_or_default();
        let (name, uid) = (info.username.unwrap_or_default(), info.uid.unwrap_or_default());
        Ok(User::new(name, uid, info.groups.unwrap_or_default(), extra))
    }
}

/// The token of `Bearer TOKEN`; the scheme in any case.
fn bearer(header: &HeaderValue) -> Option<&str> {
    let (scheme, token) = header.to_str().ok()?.trim().split_once(' ')?;
    let token = token.trim();
    let sound = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= MAX_TOKEN;
    sound.then_some(token)
}
