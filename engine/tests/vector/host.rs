//! A world for tests: a fixed cluster, the real clock, and bytes that only look random.

use std::cell::Cell;

use helmx_engine::Host;
use helmx_yaml::Data;
use jiff::Timestamp;
use serde_json::Value as Json;

pub(crate) struct TestHost {
    objects: Vec<Json>,
    seed: Cell<u64>,
}

impl TestHost {
    pub(crate) fn new(objects: &[Json]) -> Self {
        Self { objects: objects.to_vec(), seed: Cell::new(0x9e37_79b9_7f4a_7c15) }
    }
}

impl Host for TestHost {
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Data, String> {
        let fits = |object: &&Json| {
            let namespaced = kind != "Namespace" && !namespace.is_empty();
            object["apiVersion"] == api_version
                && object["kind"] == kind
                && (!namespaced || object["metadata"]["namespace"] == namespace)
                && (name.is_empty() || object["metadata"]["name"] == name)
        };
        let mut found = self.objects.iter().filter(fits).cloned().map(Data::from);
        if !name.is_empty() {
            return Ok(found.next().unwrap_or_else(|| Data::Map(helmx_yaml::Map::new())));
        }
        let items: Vec<Data> = found.collect();
        if items.is_empty() {
            return Ok(Data::Map(helmx_yaml::Map::new()));
        }
        Ok([("items".to_owned(), Data::List(items))].into_iter().collect())
    }

    #[allow(clippy::disallowed_methods, reason = "the clock of the tests")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn random(&self, buffer: &mut [u8]) -> Result<(), String> {
        for byte in buffer {
            let mut seed = self.seed.get();
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            self.seed.set(seed);
            *byte = (seed >> 24) as u8;
        }
        Ok(())
    }
}
