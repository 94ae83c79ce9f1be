//! YAML and JSON as Helm reads and writes them: go-yaml's rules on plain data.
