//! Charts, values, manifests and release records, without templates.
