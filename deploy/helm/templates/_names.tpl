{{- /* Names of objects begin with the release's name alone, so that values of the NATS chart can name them, too. */ -}}
{{- define "chaussettes.name" -}}
{{ printf "%s-%s" .ctx.Release.Name .component | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "chaussettes.selector" -}}
app.kubernetes.io/name: {{ .ctx.Chart.Name }}
app.kubernetes.io/instance: {{ .ctx.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "chaussettes.labels" -}}
{{ include "chaussettes.selector" . }}
app.kubernetes.io/version: {{ .ctx.Values.image.tag | default .ctx.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: {{ .ctx.Chart.Name }}
app.kubernetes.io/managed-by: {{ .ctx.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .ctx.Chart.Name .ctx.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "chaussettes.metadata" -}}
name: {{ include "chaussettes.name" . }}
namespace: {{ .ctx.Release.Namespace }}
labels:
  {{- include "chaussettes.labels" . | nindent 2 }}
{{- end -}}

{{- /* As the NATS chart names its own. */ -}}
{{- define "chaussettes.nats.name" -}}
{{- $name := .Values.nats.nameOverride | default "nats" -}}
{{- if .Values.nats.fullnameOverride -}}
{{ .Values.nats.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name -}}
{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- define "chaussettes.nats.selector" -}}
app.kubernetes.io/name: {{ .Values.nats.nameOverride | default "nats" }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: nats
{{- end -}}

{{- /* How many servers the NATS chart starts. */ -}}
{{- define "chaussettes.nats.servers" -}}
{{- if dig "config" "cluster" "enabled" false .Values.nats -}}
{{ dig "config" "cluster" "replicas" 3 .Values.nats }}
{{- else -}}1{{- end -}}
{{- end -}}

{{- /* All servers, so that a part finds another one where one is gone. */ -}}
{{- define "chaussettes.nats.urls" -}}
{{- if .Values.nats.enabled -}}
{{- $name := include "chaussettes.nats.name" . -}}
{{- $scheme := ternary "tls" "nats" (ne .Values.connection.tls.secret "") -}}
{{- $urls := list -}}
{{- range $i := until (int (include "chaussettes.nats.servers" .)) -}}
{{- $urls = append $urls (printf "%s://%s-%d.%s-headless:4222" $scheme $name $i $name) -}}
{{- end -}}
{{ join "," $urls }}
{{- else -}}
{{ join "," .Values.connection.urls }}
{{- end -}}
{{- end -}}
