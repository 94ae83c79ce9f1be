{{/* The chart's name, or what replaces it. */}}
{{- define "<NAME>.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of all objects: at most 63 characters, so that it can be a label and a DNS name. */}}
{{- define "<NAME>.fullname" -}}
{{- $name := include "<NAME>.name" . }}
{{- $joined := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- .Values.fullnameOverride | default $joined | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* What selects the pods; it never changes between versions of the chart. */}}
{{- define "<NAME>.selectorLabels" -}}
app.kubernetes.io/name: {{ include "<NAME>.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The labels of all objects. */}}
{{- define "<NAME>.labels" -}}
{{ include "<NAME>.selectorLabels" . }}
{{- with .Chart.AppVersion }}
app.kubernetes.io/version: {{ . | quote }}
{{- end }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The ServiceAccount that pods run as. */}}
{{- define "<NAME>.serviceAccountName" -}}
{{- $fallback := ternary (include "<NAME>.fullname" .) "default" .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default $fallback }}
{{- end }}
