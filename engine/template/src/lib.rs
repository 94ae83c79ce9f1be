//! Go's text/template: source to instructions to bytes.
