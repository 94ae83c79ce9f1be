//! W1–W9: watches.

use std::time::Duration;

use helmx_machinery::{CacheOptions, Key};
use serde_json::json;

use crate::harness::{Harness, ROOT, collection, object, widget};

const TABLE: (&str, &str) = ("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
const PARTIAL: (&str, &str) = ("Accept", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
const WATCH_LIST: &str = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

fn all(query: &str) -> String {
    format!("{ROOT}/widgets?{query}")
}

async fn set_label(harness: &Harness, name: &str, value: &str) {
    let patch = json!({"metadata": {"labels": {"tier": value}}});
    assert_eq!(harness.patch("merge", &object("n", name), &patch).await.code, 200);
}

#[tokio::test(start_paused = true)]
async fn w1_w2_a_watch_without_version_begins_with_the_state() {
    let harness = Harness::new();
    harness.create("n", "a").await;
    for query in ["watch=true", "watch=1&resourceVersion=0"] {
        let mut watch = harness.watch(&all(query), &[]).await;
        assert_eq!(watch.short().await, "ADDED a", "{query}");
        assert!(watch.is_quiet().await, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn w2_w8_a_watch_from_a_list_misses_nothing() {
    let harness = Harness::new();
    harness.create("n", "a").await;
    harness.create("n", "b").await;
    let list = harness.get(&collection("n")).await.json();
    let version = list["metadata"]["resourceVersion"].as_str().unwrap();
    harness.call("DELETE", &object("n", "a"), &[], "").await;
    harness.create("n", "c").await;
    let mut watch = harness.watch(&format!("{}?watch=1&resourceVersion={version}", collection("n")), &[]).await;
    let deleted = watch.event().await.unwrap();
    assert_eq!(deleted["type"], "DELETED");
    assert_eq!(deleted["object"]["metadata"]["resourceVersion"], "103", "the version of the deletion");
    assert_eq!(watch.short().await, "ADDED c");
    set_label(&harness, "b", "x").await;
    assert_eq!(watch.short().await, "MODIFIED b");
}

#[tokio::test(start_paused = true)]
async fn w2_versions_too_old_or_in_the_future_are_told() {
    let harness = Harness::with(CacheOptions { history: 2, ..CacheOptions::default() }, |builder| builder);
    for name in ["a", "b", "c", "d"] {
        harness.create("n", name).await;
    }
    let mut watch = harness.watch(&all("watch=1&resourceVersion=101"), &[]).await;
    let error = watch.event().await.unwrap();
    assert_eq!(error["type"], "ERROR");
    assert_eq!(error["object"]["reason"], "Expired");
    assert_eq!(error["object"]["code"], 410);
    assert_eq!(error["object"]["message"], "too old resource version: 101 (102)");
    assert_eq!(watch.short().await, "END");
    let mut watch = harness.watch(&all("watch=1&resourceVersion=102"), &[]).await;
    assert_eq!(watch.short().await, "ADDED c");
    let future = harness.get(&all("watch=1&resourceVersion=999")).await;
    assert_eq!((future.code, future.reason().as_str()), (504, "Timeout"));
    assert_eq!(harness.get(&all("watch=1&resourceVersion=new")).await.code, 400);
}

#[tokio::test(start_paused = true)]
async fn w3_watchlist_sends_initial_events_end() {
    let harness = Harness::new();
    harness.create("n", "a").await;
    harness.create("n", "b").await;
    for headers in [&[][..], &[PARTIAL], &[TABLE]] {
        let mut watch = harness.watch(&all(WATCH_LIST), headers).await;
        for name in ["a", "b"] {
            let event = watch.event().await.unwrap();
            assert_eq!(event["type"], "ADDED");
            let shown = if headers == [TABLE] { &event["object"]["rows"][0]["object"] } else { &event["object"] };
            assert_eq!(shown["metadata"]["name"], name);
        }
        let event = watch.event().await.unwrap();
        assert_eq!(event["type"], "BOOKMARK");
        let shown = if headers == [TABLE] { &event["object"]["rows"][0]["object"] } else { &event["object"] };
        assert_eq!(shown["metadata"]["annotations"], json!({"k8s.io/initial-events-end": "true"}));
        assert_eq!(shown["metadata"]["resourceVersion"], "102");
        assert!(watch.is_quiet().await);
    }
}

#[tokio::test(start_paused = true)]
async fn w3_watchlist_waits_for_the_version_it_names() {
    let harness = Harness::new();
    let cache = harness.widgets.cache.clone();
    let fed = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cache.advance(150);
    });
    let mut watch = harness.watch(&all(&format!("{WATCH_LIST}&resourceVersion=150")), &[]).await;
    assert_eq!(watch.event().await.unwrap()["object"]["metadata"]["resourceVersion"], "150");
    fed.await.unwrap();
}

#[tokio::test]
async fn w3_incomplete_watchlists_are_422() {
    let harness = Harness::new();
    let cases = [
        "watch=1&sendInitialEvents=true",
        "watch=1&sendInitialEvents=true&allowWatchBookmarks=true",
        "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
        "watch=1&sendInitialEvents=true&resourceVersionMatch=Exact&allowWatchBookmarks=true",
        "watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=0",
    ];
    for query in cases {
        let answer = harness.get(&all(query)).await;
        assert_eq!((answer.code, answer.reason().as_str()), (422, "Invalid"), "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn w4_w5_bookmarks_come_each_minute_and_at_the_end() {
    let harness = Harness::new();
    let query = "watch=1&resourceVersion=100&allowWatchBookmarks=true&timeoutSeconds=130";
    let mut watch = harness.watch(&all(query), &[]).await;
    harness.widgets.cache.advance(140);
    for at in ["60", "120", "130"] {
        let event = watch.event().await.unwrap();
        assert_eq!(event["type"], "BOOKMARK", "{at}");
        assert_eq!(event["object"]["metadata"]["resourceVersion"], "140");
        assert_eq!(event["object"]["kind"], "Widget");
    }
    assert_eq!(watch.short().await, "END");
}

#[tokio::test(start_paused = true)]
async fn w5_without_bookmarks_a_watch_just_ends() {
    let harness = Harness::new();
    let mut watch = harness.watch(&all("watch=1&timeoutSeconds=90"), &[]).await;
    assert_eq!(watch.short().await, "END");
}

#[tokio::test(start_paused = true)]
async fn w5_watches_end_when_the_server_stops() {
    let harness = Harness::new();
    let mut watch = harness.watch(&all("watch=1"), &[]).await;
    harness.server.end_watches();
    assert_eq!(watch.short().await, "END");
}

#[tokio::test(start_paused = true)]
async fn w6_objects_come_and_go_with_their_labels() {
    let harness = Harness::new();
    harness.create("n", "a").await;
    let mut watch = harness.watch(&all("watch=1&resourceVersion=101&labelSelector=tier%3Dweb"), &[]).await;
    set_label(&harness, "a", "web").await;
    assert_eq!(watch.short().await, "ADDED a");
    set_label(&harness, "a", "db").await;
    let gone = watch.event().await.unwrap();
    assert_eq!(gone["type"], "DELETED");
    assert_eq!(gone["object"]["metadata"]["labels"]["tier"], "web", "the last state that was visible");
    assert_eq!(gone["object"]["metadata"]["resourceVersion"], "103", "under the version of the change");
    set_label(&harness, "a", "cache").await;
    assert!(watch.is_quiet().await);
}

#[tokio::test(start_paused = true)]
async fn w6_objects_come_and_go_with_access() {
    let limited = Harness::new();
    limited.create("mine", "a").await;
    limited.create("theirs", "b").await;
    let refuse: fn(&serde_json::Value) -> bool =
        |spec| spec["resourceAttributes"]["verb"] == "get" && spec["resourceAttributes"]["namespace"] == "theirs";
    limited.core.lock().unwrap().refuse.push(refuse);
    let mut watch = limited.watch(&all("watch=1&allowWatchBookmarks=true"), &[]).await;
    assert_eq!(watch.short().await, "ADDED a");
    limited.create("theirs", "c").await;
    assert!(watch.is_quiet().await);
    limited.core.lock().unwrap().refuse.clear();
    // Decisions are remembered in real time, which does not pass here.
    limited.widgets.forget_decisions();
    let appeared = [watch.short().await, watch.short().await, watch.short().await];
    assert_eq!(appeared, ["ADDED b", "ADDED c", "BOOKMARK"]);
    limited.widgets.hide("theirs");
    let vanished = [watch.short().await, watch.short().await, watch.short().await];
    assert_eq!(vanished, ["DELETED b", "DELETED c", "BOOKMARK"]);
    limited.create("theirs", "d").await;
    limited.create("mine", "e").await;
    assert_eq!(watch.short().await, "ADDED e");
}

#[tokio::test(start_paused = true)]
async fn w6_tables_name_their_columns_once() {
    let harness = Harness::new();
    let mut watch = harness.watch(&all("watch=1"), &[TABLE]).await;
    harness.create("n", "a").await;
    harness.create("n", "b").await;
    let first = watch.event().await.unwrap();
    assert_eq!(first["object"]["kind"], "Table");
    assert_eq!(first["object"]["columnDefinitions"][0]["name"], "Name");
    let second = watch.event().await.unwrap();
    assert!(second["object"]["columnDefinitions"].is_null());
    assert_eq!(second["object"]["rows"][0]["cells"][0], "b");
}

#[tokio::test(start_paused = true)]
async fn w6_field_selectors_watch_one_object() {
    let harness = Harness::new();
    let path = format!("{}?watch=true&fieldSelector=metadata.name%3Dweb&resourceVersion=0", collection("n"));
    let mut watch = harness.watch(&path, &[]).await;
    harness.create("n", "other").await;
    harness.create("n", "web").await;
    assert_eq!(watch.short().await, "ADDED web");
    assert_eq!(harness.get(&all("watch=1&fieldSelector=spec.x%3Dy")).await.code, 400);
}

#[tokio::test(start_paused = true)]
async fn w7_a_new_list_of_the_source_becomes_events_in_order() {
    let harness = Harness::new();
    harness.create("n", "a").await;
    harness.create("n", "b").await;
    let mut watch = harness.watch(&all("watch=1&resourceVersion=102"), &[]).await;
    let cache = &harness.widgets.cache;
    let mut changed = (*cache.get(&Key::new("n", "b")).unwrap()).clone();
    changed.set_version(105);
    let mut fresh = changed.clone();
    fresh.set_metadata("name", "c");
    fresh.set_version(104);
    cache.replace(vec![changed, fresh], 110);
    assert_eq!(watch.short().await, "ADDED c");
    assert_eq!(watch.short().await, "MODIFIED b");
    let gone = watch.event().await.unwrap();
    assert_eq!((&gone["type"], &gone["object"]["metadata"]["resourceVersion"]), (&json!("DELETED"), &json!("110")));
}

#[tokio::test(start_paused = true)]
async fn w7_another_history_ends_watches() {
    let harness = Harness::new();
    harness.create("n", "a").await;
    let mut watch = harness.watch(&all("watch=1&resourceVersion=101"), &[]).await;
    harness.widgets.cache.replace(Vec::new(), 50);
    assert_eq!(watch.short().await, "ERROR Expired");
    assert_eq!(watch.short().await, "END");
}

#[tokio::test(start_paused = true)]
async fn w9_a_watch_that_falls_behind_is_told_to_start_again() {
    let harness = Harness::with(CacheOptions { history: 10, ..CacheOptions::default() }, |builder| builder);
    let mut watch = harness.watch(&all("watch=1&resourceVersion=100"), &[]).await;
    for n in 0..30 {
        harness.create("n", &format!("w{n}")).await;
    }
    assert_eq!(watch.short().await, "ERROR Expired");
    assert_eq!(watch.short().await, "END");
}

#[tokio::test]
async fn watches_do_not_speak_yaml_and_need_a_grant() {
    let harness = Harness::new();
    assert_eq!(harness.get_as("application/yaml", &all("watch=1")).await.code, 406);
    harness.core.lock().unwrap().refuse.push(|spec| spec["resourceAttributes"]["verb"] == "watch");
    // Another scope is another question: the first answer is remembered.
    assert_eq!(harness.get(&format!("{}?watch=1", collection("n"))).await.code, 403);
    assert_eq!(harness.post(&collection("n"), &widget("a")).await.code, 201);
}

/// A client like client-go's reflector: lists, watches, resumes after breaks, lists again when told to.
struct Informer {
    store: std::collections::BTreeMap<String, String>,
    version: String,
}

impl Informer {
    async fn list(harness: &Harness) -> Self {
        let list = harness.get(&all("limit=500&resourceVersion=0")).await.json();
        let entry = |item: &serde_json::Value| {
            let text = |field: &str| item["metadata"][field].as_str().unwrap().to_owned();
            (text("name"), text("resourceVersion"))
        };
        let store = list["items"].as_array().unwrap().iter().map(entry).collect();
        Self { store, version: list["metadata"]["resourceVersion"].as_str().unwrap().to_owned() }
    }

    /// Takes one event; false if the list must be read again.
    fn take(&mut self, event: &serde_json::Value) -> bool {
        let metadata = &event["object"]["metadata"];
        let text = |field: &str| metadata[field].as_str().unwrap_or_default().to_owned();
        match event["type"].as_str().unwrap() {
            "ADDED" | "MODIFIED" => drop(self.store.insert(text("name"), text("resourceVersion"))),
            "DELETED" => assert!(self.store.remove(&text("name")).is_some(), "deleted what was not there: {event}"),
            "BOOKMARK" => {}
            _ => return false,
        }
        let (old, new): (u64, u64) = (self.version.parse().unwrap(), text("resourceVersion").parse().unwrap());
        assert!(new >= old, "versions go up: {old} {new}");
        self.version = text("resourceVersion");
        true
    }
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    /// Less than the bound (xorshift).
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Creates, deletes or changes one of a few widgets, which may fail.
async fn disturb(harness: &Harness, random: &mut Random) {
    let name = format!("w{}", random.below(6));
    match random.below(3) {
        0 => drop(harness.post(&collection("n"), &widget(&name)).await),
        1 => drop(harness.call("DELETE", &object("n", &name), &[], "").await),
        _ => {
            let patch = json!({"spec": {"size": random.below(100)}});
            drop(harness.patch("merge", &object("n", &name), &patch).await);
        }
    }
}

impl Informer {
    /// Watches on from where it is, for at most so many events.
    async fn follow(&mut self, harness: &Harness, disturbances: u64, events: u64, random: &mut Random) {
        let query = format!("watch=1&allowWatchBookmarks=true&resourceVersion={}", self.version);
        let mut watch = harness.watch(&all(&query), &[]).await;
        for _ in 0..disturbances {
            disturb(harness, random).await;
        }
        for _ in 0..events {
            let event = tokio::time::timeout(Duration::from_millis(10), watch.event()).await;
            let Ok(Some(event)) = event else { return };
            if !self.take(&event) {
                *self = Self::list(harness).await;
                return;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn w8_an_informer_with_breaks_sees_what_a_list_sees() {
    for seed in 1..=20_u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let harness = Harness::with(CacheOptions { history: 12, ..CacheOptions::default() }, |builder| builder);
        let mut informer = Informer::list(&harness).await;
        for _ in 0..60 {
            let (disturbances, events) = (random.below(20), random.below(8));
            informer.follow(&harness, disturbances, events, &mut random).await;
        }
        informer.follow(&harness, 0, u64::MAX, &mut random).await;
        assert_eq!(informer.store, Informer::list(&harness).await.store, "seed {seed}");
    }
}
