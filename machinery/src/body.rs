//! The one response body type: a whole document or a stream.

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};

/// Whatever goes wrong below the level of Kubernetes (a connection, a client).
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A response body as handed to hyper.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// A body whose bytes are all known.
pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A body that is sent piece by piece; each piece is flushed as one frame.
pub(crate) fn stream(pieces: impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static) -> Body {
    StreamBody::new(pieces.map(|piece| piece.map(Frame::data))).boxed_unsync()
}
