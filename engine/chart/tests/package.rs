//! Packing and locks, against charts that Helm packed and locked.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "real files")]

use std::path::{Path, PathBuf};

use helmx_chart::lock::Origin;
use helmx_chart::{Chart, archive, directory, lock, package};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/helm-golden/testdata")
}

fn corpus() -> Vec<Chart> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/charts");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| archive::load(&std::fs::read(path).unwrap()).unwrap()).collect()
}

/// Times aside, which an archive rounds to seconds.
fn without_raw(chart: &Chart) -> Chart {
    let dependencies = chart.dependencies.iter().map(without_raw).collect();
    Chart { raw: Vec::new(), dependencies, modified: None, ..chart.clone() }
}

#[test]
fn packed_charts_load_again() {
    for chart in corpus() {
        let packed = package::pack(&chart, None).unwrap();
        let mut again = archive::load(&packed).unwrap();
        let mut chart = without_raw(&chart);
        again = without_raw(&again);
        for one in [&mut chart, &mut again] {
            // An empty list is not written; sub-charts come out under their own names, not those of their archives.
            one.metadata.dependencies.take_if(|entries| entries.is_empty());
            one.dependencies.sort_by(|left, right| left.name().cmp(right.name()));
        }
        assert!(again.metadata == chart.metadata, "{}", chart.name());
        assert!(again.values == chart.values && again.templates == chart.templates, "{}", chart.name());
        let names = |chart: &Chart| chart.dependencies.iter().map(|one| one.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&again), names(&chart));
    }
}

#[test]
fn locks_of_real_charts_fit() {
    let locked: Vec<_> = corpus().into_iter().filter(|chart| chart.lock.is_some()).collect();
    let fitting = locked.iter().filter(|chart| lock::check(chart).is_ok()).count();
    println!("{fitting} of {} locks fit", locked.len());
    assert!(locked.len() > 50 && fitting * 10 >= locked.len() * 9);
}

#[test]
fn a_changed_list_does_not_fit() {
    let mut chart = corpus().into_iter().find(|chart| chart.lock.is_some() && lock::check(chart).is_ok()).unwrap();
    chart.metadata.dependencies.as_mut().unwrap()[0].version.push_str(".x");
    let error = lock::check(&chart).unwrap_err().to_string();
    assert!(error.starts_with("the lock file (") && error.contains("is out of sync with the dependencies file ("));
}

#[test]
fn dependency_lists_of_helm() {
    for (chart, wanted) in [("reqtest", "dependency-list.txt"), ("reqtest-0.1.0.tgz", "dependency-list-archive.txt")] {
        let path = golden().join("testcharts").join(chart);
        let (loaded, origin) = if path.is_dir() {
            (directory::load(&path).unwrap(), Origin::Folder)
        } else {
            (archive::load(&std::fs::read(&path).unwrap()).unwrap(), Origin::Archive)
        };
        let wanted = std::fs::read_to_string(golden().join("output").join(wanted)).unwrap();
        assert_eq!(lock::table(&loaded, origin, 80), wanted, "{chart}");
    }
}
