//! What a file of a chart holds.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock, OnceLock};

use crate::archive;

/// Bytes, shared by everyone who has them. Those of large files that renders hardly ever look at stay in their archive
/// until somebody does.
#[derive(Clone)]
pub struct Content(Place);

#[derive(Clone)]
enum Place {
    Here(Arc<[u8]>),
    Packed { shelf: Arc<Shelf>, number: usize },
}

/// The files of one archive that were left in it. The first look at one unpacks them all.
pub(crate) struct Shelf {
    archive: Arc<Vec<u8>>,
    files: OnceLock<Vec<Arc<[u8]>>>,
}

static NOTHING: LazyLock<Arc<[u8]>> = LazyLock::new(|| Arc::from([]));

impl Content {
    pub(crate) fn packed(shelf: &Arc<Shelf>, number: usize) -> Self {
        Self(Place::Packed { shelf: shelf.clone(), number })
    }

    pub fn shared(&self) -> &Arc<[u8]> {
        match &self.0 {
            Place::Here(bytes) => bytes,
            Place::Packed { shelf, number } => shelf.files().get(*number).unwrap_or(&NOTHING),
        }
    }
}

impl Shelf {
    pub(crate) fn new(archive: Arc<Vec<u8>>) -> Self {
        Self { archive, files: OnceLock::new() }
    }

    fn files(&self) -> &[Arc<[u8]>] {
        // What could be unpacked once can be unpacked again.
        self.files.get_or_init(|| archive::left_packed(&self.archive).unwrap_or_default())
    }
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.shared()
    }
}

impl<T: Into<Arc<[u8]>>> From<T> for Content {
    fn from(bytes: T) -> Self {
        Self(Place::Here(bytes.into()))
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Content {}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Here(bytes) => write!(f, "{} bytes", bytes.len()),
            Place::Packed { .. } => f.write_str("packed"),
        }
    }
}
