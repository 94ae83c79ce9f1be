//! `index.yaml` of a chart repository: loading, order, selection.
