//! Counters and durations under the names that Kubernetes dashboards expect.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RequestLabels {
    pub verb: &'static str,
    pub group: String,
    pub version: String,
    pub resource: String,
    pub subresource: String,
    pub code: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct DurationLabels {
    pub verb: &'static str,
    pub resource: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ResourceLabels {
    pub group: String,
    pub resource: String,
}

type Durations = Family<DurationLabels, Histogram, fn() -> Histogram>;

/// The metrics of one server; the registry is the embedder's to add to.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Durations,
    pub watches: Family<ResourceLabels, Gauge>,
    pub watch_events: Family<ResourceLabels, Counter<u64, AtomicU64>>,
}

fn buckets() -> Histogram {
    Histogram::new([0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0])
}

impl Metrics {
    /// Adds the server's own metrics to what the embedder registered.
    pub(crate) fn new(mut registry: Registry) -> Self {
        let requests = Family::default();
        let durations: Durations = Family::new_with_constructor(buckets);
        let (watches, watch_events) = (Family::default(), Family::default());
        registry.register("apiserver_request", "Requests by verb, resource and code", Family::clone(&requests));
        let help = "Seconds from the request to the head of the response, watches excluded";
        registry.register("apiserver_request_duration_seconds", help, durations.clone());
        registry.register("apiserver_longrunning_requests", "Open watches", Family::clone(&watches));
        registry.register("apiserver_watch_events", "Events sent to watches", Family::clone(&watch_events));
        Self { registry, requests, durations, watches, watch_events }
    }

    pub(crate) fn observe(&self, labels: &RequestLabels, took: Duration) {
        if labels.verb != "watch" {
            let about = DurationLabels { verb: labels.verb, resource: labels.resource.clone() };
            self.durations.get_or_create(&about).observe(took.as_secs_f64());
        }
        self.requests.get_or_create(labels).inc();
    }

    /// OpenMetrics text.
    pub(crate) fn encode(&self) -> String {
        let mut text = String::new();
        match prometheus_client::encoding::text::encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(std::fmt::Error) => String::new(),
        }
    }
}
