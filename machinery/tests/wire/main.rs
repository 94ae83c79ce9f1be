//! The server on the wire: whole requests to the whole handler, with a core that is faked at its HTTP interface.
//!
//! Tests are named after the ids of the conformance list (T1, A1, R2, W3, C4, …).

#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::too_many_arguments,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on fails, and its helpers are called in passing"
)]

mod applies;
mod authentication;
mod discovery;
mod harness;
mod reads;
mod sockets;
mod watches;
mod widgets;
mod writes;
