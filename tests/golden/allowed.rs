//! Known differences from Helm, each with its reason. A listed case that passes fails the test.

/// Why charts of this machine cannot be installed by the plugin.
const SERVER_SIDE: &str = "the server installs charts of repositories, so that a cluster is asked first";

const OWN_VERSION: &str = "the plugin has a version of its own";

const STARTER: &str = "the test makes the starter in the data home first; helm itself fails here";

/// Cases of `cases.json` with a golden.
pub const GOLDENS: &[(&str, &str)] = &[
    ("helm install libchart testdata/testcharts/lib-chart", SERVER_SIDE),
    ("helm install badtype testdata/testcharts/chart-bad-type", SERVER_SIDE),
    ("helm upgrade bonkers-bunny testdata/testcharts/chart-missing-deps", SERVER_SIDE),
    ("helm upgrade bonkers-bunny 'testdata/testcharts/chart-bad-requirements'", SERVER_SIDE),
    (
        "helm lint testdata/testcharts/chart-with-deprecated-api",
        "the golden assumes Kubernetes v1.20.0, which only Helm's test build does; helm v4.3.1 prints what we print",
    ),
    ("helm version", OWN_VERSION),
    ("helm version --short", OWN_VERSION),
    ("helm version --template='Version: {{.Version}}'", OWN_VERSION),
];

/// Cases of `cases.json` with an exit status only.
pub const PLAIN: &[(&str, &str)] = &[
    ("helm create --starter=starterchart --chart-api-version=v2 testchart", STARTER),
    ("helm create --starter=starterchart --chart-api-version=v3 testchart", STARTER),
];

/// Command lines of `lines.txt`.
pub const LINES: &[(&str, &str)] = &[];
