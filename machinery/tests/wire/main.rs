//! The server on the wire: whole requests to the whole handler, with a core that is faked at its HTTP interface.
//!
//! Tests are named after the ids of the conformance list (T1, A1, R2, W3, C4, …).

mod authentication;
mod discovery;
mod harness;
mod reads;
mod watches;
mod widgets;
mod writes;
