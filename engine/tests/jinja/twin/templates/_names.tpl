{{- define "twin.name" }}{{ printf "%s-%s" .root.Release.Name .suffix | trunc 63 | trimSuffix "-" }}{{ end }}
{{- define "twin.metadata" }}  name: {{ template "twin.name" . }}
  labels:
    {{ include "jinja-chart.labels" .root | nindent 4 | trim }}
{{ end }}
