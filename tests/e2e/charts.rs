//! The charts that the cases install, made in memory.

use helmx_tests::chart::Archive;

/// A ConfigMap, and by its values a Secret and a Deployment whose pods behave as `pod` says.
const WEB_VALUES: &str = "greeting: hello\nreplicas: 1\ndeploy: false\npod: ready\npassword: \"\"\nlabels: {}\n";

const WEB_SCHEMA: &str = r#"{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "properties": {"greeting": {"type": "string"}, "replicas": {"type": "integer", "minimum": 0}}
}"#;

const WEB_CONFIG: &str = r"apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  labels:
    app: {{ .Release.Name }}
    {{- with .Values.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
data:
  greeting: {{ .Values.greeting | quote }}
  tenant: {{ index .Chart.Annotations `helmx.dev/tenant` | default `none` }}
";

const WEB_SECRET: &str = r"{{- if .Values.password }}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}
stringData:
  password: {{ .Values.password | quote }}
{{- end }}
";

const WEB_DEPLOYMENT: &str = r"{{- if .Values.deploy }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: {{ .Release.Name }}}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
        test.helmx.dev/pod: {{ .Values.pod }}
    spec:
      {{- with .Values.nodeSelector }}
      nodeSelector: {{ toJson . }}
      {{- end }}
      containers:
      - name: main
        image: example.test/web:{{ .Chart.AppVersion }}
{{- end }}
";

/// Three hooks around a ConfigMap; `pod` says how the pod of the one in the middle ends.
const HOOKS_POD: &str = r#"apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-check
  labels:
    test.helmx.dev/pod: {{ .Values.pod }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "5"
    helm.sh/hook-delete-policy: {{ .Values.policy }}
spec:
  restartPolicy: Never
  containers:
  - name: check
    image: example.test/check:1
"#;

const HOOKS_FIRST: &str = r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-first
  annotations:
    helm.sh/hook: pre-install
    helm.sh/hook-weight: "-5"
"#;

const HOOKS_AFTER: &str = r"apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-after
  annotations:
    helm.sh/hook: post-delete
";

/// Objects of every kind of trouble, chosen by `trouble`.
const TROUBLE: &str = r#"{{- if eq .Values.trouble "template" }}
{{ .Values.nothing.at.all }}
{{- else if eq .Values.trouble "required" }}
{{ required "a port is required" .Values.port }}
{{- else if eq .Values.trouble "yaml" }}
apiVersion: v1
kind: ConfigMap
  metadata: [
{{- else if eq .Values.trouble "kind" }}
apiVersion: nowhere.test/v1
kind: Gadget
metadata: {name: {{ .Release.Name }}}
{{- else if eq .Values.trouble "field" }}
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {ports: [{port: 99999}]}
{{- else if eq .Values.trouble "namespace" }}
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}, namespace: {{ .Values.namespace }}}
{{- else if eq .Values.trouble "forged" }}
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}, labels: {helmx.dev/tenant: somebody-else}}
{{- else if eq .Values.trouble "cluster" }}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: {{ .Release.Name }}-{{ .Release.Namespace }}}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: {{ .Release.Name }}-{{ .Release.Namespace }}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
{{- else if eq .Values.trouble "escalation" }}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: {{ .Release.Name }}}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get, list]}]
{{- else if eq .Values.trouble "loop" }}
{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}
{{- else if eq .Values.trouble "keys" }}
{{ range until 100000 }}{{ genPrivateKey "ecdsa" }}{{ end }}
{{- else if eq .Values.trouble "time" }}
{{ range until 1000 }}{{ derivePassword 1 "long" "a" "b" "c" }}{{ end }}
{{- else if eq .Values.trouble "lookup" }}
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data:
  found: {{ (lookup "v1" "Secret" .Values.namespace .Values.secret) | toJson | quote }}
{{- end }}
"#;

const DEFINITION: &str = r"apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gizmos.test.helmx.dev}
spec:
  group: test.helmx.dev
  scope: Namespaced
  names: {plural: gizmos, singular: gizmo, kind: Gizmo}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

const GIZMO: &str = "apiVersion: test.helmx.dev/v1\nkind: Gizmo\nmetadata: {name: {{ .Release.Name }}}\n";

const JINJA_CHART: &str = "apiVersion: v2\nname: jinja\nversion: 1.0.0\nannotations: {helmx.dev/templates: jinja}\n";

const JINJA_CONFIG: &str = r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ Release.Name }}
data:
{% for key in Values.keys %}
  {{ key }}: {{ Values.greeting | upper | quote }}
{% endfor %}
  tenant: {{ Chart.Annotations["helmx.dev/tenant"] }}
{% if Values.wrong is defined %}
  wrong: {{ Values.wrong.at.all }}
{% endif %}
"#;

/// The charts of repository `test`.
pub fn all() -> Vec<Archive> {
    let hooks = Archive::new("hooks", "1.0.0")
        .file("values.yaml", "pod: succeed\npolicy: before-hook-creation\n")
        .file("templates/pod.yaml", HOOKS_POD)
        .file("templates/first.yaml", HOOKS_FIRST)
        .file("templates/after.yaml", HOOKS_AFTER)
        .file("templates/config.yaml", WEB_CONFIG);
    let trouble = Archive::new("trouble", "1.0.0")
        .file("values.yaml", "trouble: none\nnamespace: \"\"\nsecret: \"\"\n")
        .file("templates/trouble.yaml", TROUBLE);
    let crds = Archive::new("crds", "1.0.0").file("crds/gizmo.yaml", DEFINITION).file("templates/gizmo.yaml", GIZMO);
    let jinja = Archive::new("jinja", "1.0.0")
        .file("Chart.yaml", JINJA_CHART)
        .file("values.yaml", "greeting: hello\nkeys: [a, b]\n")
        .file("templates/config.yaml.j2", JINJA_CONFIG)
        .file("templates/NOTES.txt.jinja", "{{ Release.Name }} speaks Jinja.\n");
    vec![web("1.0.0"), web("1.1.0"), web("2.0.0-beta.1"), hooks, trouble, crds, jinja]
}

/// The chart of most cases.
pub fn web(version: &str) -> Archive {
    Archive::new("web", version)
        .file("README.md", "# A web server\n")
        .file("values.yaml", WEB_VALUES)
        .file("values.schema.json", WEB_SCHEMA)
        .file("templates/NOTES.txt", "{{ .Release.Name }} says {{ .Values.greeting }} in {{ .Release.Namespace }}.\n")
        .file("templates/config.yaml", WEB_CONFIG)
        .file("templates/secret.yaml", WEB_SECRET)
        .file("templates/deployment.yaml", WEB_DEPLOYMENT)
}
