//! Chart and values to manifests, hooks and notes, as Helm renders them.
