//! Plain scalars to types: the implicit tags of YAML 1.1 as go-yaml v2 knows them.
