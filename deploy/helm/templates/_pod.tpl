{{- define "chaussettes.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "chaussettes.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "chaussettes.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- /* Who connects, and where: the role's own password, and no other. */ -}}
{{- define "chaussettes.connection" -}}
- name: NATS_URL
  value: {{ include "chaussettes.nats.urls" .ctx | quote }}
- name: NATS_USER
  value: {{ .user }}
- name: NATS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ .ctx.Values.global.chaussettes.credentialsSecret }}
      key: CHAUSSETTES_{{ upper .user }}_PASSWORD
{{- with .ctx.Values.connection.tls }}
{{- if .secret }}
- name: NATS_CA
  value: /etc/chaussettes/tls/{{ .ca }}
{{- if .cert }}
- name: NATS_CERT
  value: /etc/chaussettes/tls/{{ .cert }}
- name: NATS_KEY
  value: /etc/chaussettes/tls/{{ .key }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Settings of all parts, then the part's own, which hold. */ -}}
{{- define "chaussettes.settings" -}}
{{- range $name, $value := mergeOverwrite (deepCopy .ctx.Values.settings) (.values.env | default dict) }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- define "chaussettes.placement" -}}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{- define "chaussettes.antiAffinity" -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "chaussettes.selector" . | fromYaml)) -}}
{{- if eq .ctx.Values.antiAffinity "hard" }}
affinity:
  podAntiAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - {{ $term | toYaml | nindent 8 | trim }}
{{- else if eq .ctx.Values.antiAffinity "soft" }}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          {{- $term | toYaml | nindent 10 }}
{{- end }}
{{- end -}}

{{- /*
The pod of a part: dict of
  ctx, component, values   the root, the part's name and its values
  user                     the role it connects as
  args                     the command
  command                  in place of the image's own
  ready                    /readyz where every pod of the part works, /healthz where one of them stands by
  port                     of /healthz and /metrics, 9090 by default
  env, volumes, mounts     further ones
  envFrom                  a Secret whose keys are variables
  groups                   supplemental groups
*/ -}}
{{- define "chaussettes.pod" -}}
metadata:
  labels:
    {{- include "chaussettes.labels" . | nindent 4 }}
  {{- with .values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: 30
  {{- with .ctx.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  securityContext:
    {{- include "chaussettes.podSecurity" . | nindent 4 }}
    {{- with .groups }}
    supplementalGroups: {{ toJson . }}
    {{- end }}
  {{- include "chaussettes.placement" . | nindent 2 }}
  {{- include "chaussettes.antiAffinity" . | nindent 2 }}
  containers:
    - name: {{ .component }}
      image: {{ include "chaussettes.image" .ctx }}
      imagePullPolicy: {{ .ctx.Values.image.pullPolicy }}
      {{- with .command }}
      command: {{ toRawJson . }}
      {{- end }}
      args: {{ toRawJson .args }}
      env:
        {{- include "chaussettes.connection" . | nindent 8 }}
        - name: HTTP_PORT
          value: {{ .port | default 9090 | quote }}
        - name: HTTP_HOST
          value: 0.0.0.0
        {{- range .env }}
        - {{ toYaml . | nindent 10 | trim }}
        {{- end }}
        {{- include "chaussettes.settings" . | nindent 8 }}
      {{- with .envFrom }}
      envFrom:
        - secretRef: { name: {{ . }} }
      {{- end }}
      ports:
        - name: http
          containerPort: {{ .port | default 9090 }}
      # A part waits by itself for what may still come, and says so in /readyz: only one that does not answer is started again.
      startupProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: {{ .ready }}, port: http }
        periodSeconds: 5
        timeoutSeconds: 3
      resources:
        {{- toYaml .values.resources | nindent 8 }}
      securityContext:
        {{- include "chaussettes.containerSecurity" . | nindent 8 }}
      {{- $mounts := .mounts | default list }}
      {{- $volumes := .volumes | default list }}
      {{- with .ctx.Values.connection.tls.secret }}
      {{- $mounts = append $mounts (dict "name" "tls" "mountPath" "/etc/chaussettes/tls" "readOnly" true) }}
      {{- $volumes = append $volumes (dict "name" "tls" "secret" (dict "secretName" .)) }}
      {{- end }}
      {{- with $mounts }}
      volumeMounts:
        {{- toYaml . | nindent 8 }}
      {{- end }}
  {{- with $volumes }}
  volumes:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- /* Two of a part that must not stop: the new one is there before an old one goes, and an eviction takes one at a time. */ -}}
{{- define "chaussettes.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "chaussettes.metadata" . | nindent 2 }}
spec:
  replicas: {{ .replicas }}
  revisionHistoryLimit: 3
  {{- if gt (int .replicas) 1 }}
  strategy:
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  {{- else }}
  strategy: { type: Recreate }
  {{- end }}
  selector:
    matchLabels:
      {{- include "chaussettes.selector" . | nindent 6 }}
  template:
    {{- include "chaussettes.pod" . | nindent 4 }}
{{- if and .ctx.Values.podDisruptionBudget.enabled (gt (int .replicas) 1) }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "chaussettes.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  # One that cannot work must not keep its node from being drained.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "chaussettes.selector" . | nindent 6 }}
{{- end }}
{{- end -}}
