//! `POST …/PLURAL`.

use http::{Response, StatusCode};

use super::{Inbound, incoming, prepare};
use crate::body::Body;
use crate::negotiate::Answer;
use crate::object::Object;
use crate::options::WriteOptions;
use crate::status::{Reason, Result, Status};

/// Attempts to find a free name from `generateName`.
const NAME_ATTEMPTS: usize = 8;
const SUFFIX_LENGTH: usize = 5;
/// Letters and digits that cannot spell anything rude or be mistaken (k8s.io/apimachinery `pkg/util/rand`).
const SUFFIX_ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// Longest prefix of a generated name.
const MAX_PREFIX: usize = 253 - SUFFIX_LENGTH;

/// Answers 201 with the object as stored.
pub(crate) async fn create(inbound: &Inbound) -> Result<Response<Body>> {
    let options = WriteOptions::parse(&inbound.info, "CreateOptions", inbound.user_agent())?;
    inbound.presenter(Answer::One)?;
    let object = incoming::object(inbound, &options)?;
    let object = prepare::for_create(inbound, object, &options)?;
    let stored = store(inbound, object, &options).await?;
    inbound.answer(StatusCode::CREATED, stored).await
}

/// Creates under the object's name, or under a generated one.
pub(super) async fn store(inbound: &Inbound, mut object: Object, options: &WriteOptions) -> Result<Object> {
    let prefix = object.generate_name().to_owned();
    if !object.name().is_empty() || prefix.is_empty() {
        return inbound.resource.create(&inbound.grant, object, options).await;
    }
    for _ in 0..NAME_ATTEMPTS {
        object.set_metadata("name", generated_name(&prefix));
        match inbound.resource.create(&inbound.grant, object.clone(), options).await {
            Err(status) if status.reason() == Reason::AlreadyExists => {}
            outcome => return outcome,
        }
    }
    let (subject, name) = (inbound.about().subject(), object.name());
    let message =
        format!("{subject} {name:?} already exists, the server was not able to generate a unique name for the object");
    Err(Status::new(Reason::AlreadyExists, message).about(subject, name).with_retry_after(1))
}

fn generated_name(prefix: &str) -> String {
    let mut name: String = prefix.chars().take(MAX_PREFIX).collect();
    let random = uuid::Uuid::new_v4();
    let letters = random.as_bytes().iter().take(SUFFIX_LENGTH);
    let letter = |byte: &u8| SUFFIX_ALPHABET.get(usize::from(*byte) % SUFFIX_ALPHABET.len()).copied().map(char::from);
    name.extend(letters.filter_map(letter));
    name
}
