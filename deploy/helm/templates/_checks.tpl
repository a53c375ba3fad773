{{- /* What no schema can say, because it concerns several values: in one sentence, before anything is rendered. */ -}}
{{- define "chaussettes.checks" -}}
{{- if and .Values.nats.enabled .Values.connection.urls -}}
{{- fail "connection.urls names servers of your own, but nats.enabled=true starts others: set nats.enabled=false, or leave connection.urls empty." -}}
{{- end -}}
{{- if and (not .Values.nats.enabled) (not .Values.connection.urls) -}}
{{- fail "nats.enabled=false leaves the parts without a server: name yours in connection.urls, such as nats://nats-0.example:4222." -}}
{{- end -}}
{{- if and .Values.nats.enabled .Values.init.enabled -}}
{{- $servers := int (include "chaussettes.nats.servers" .) -}}
{{- if gt (int .Values.init.replicas) $servers -}}
{{- fail (printf "init.replicas=%d needs that many servers, and there are %d: set nats.config.cluster.replicas=%d, or init.replicas=1." (int .Values.init.replicas) $servers (int .Values.init.replicas)) -}}
{{- end -}}
{{- end -}}
{{- $ports := list (dig "config" "nats" "port" 4222 .Values.nats) (dig "config" "monitor" "port" 8222 .Values.nats) (dig "config" "leafnodes" "port" 7422 .Values.nats) -}}
{{- if ne (join "," $ports) "4222,8222,7422" -}}
{{- fail "nats.config has other ports than 4222 (clients), 8222 (monitoring) and 7422 (viewers' server), which the servers' own configuration names: leave them as they are." -}}
{{- end -}}
{{- if and .Values.notify.enabled (not .Values.notify.secret) -}}
{{- fail "notify.enabled=true needs receivers: create a Secret with the key CHAUSSETTES_NOTIFY_TO and name it in notify.secret (docs/notify.md)." -}}
{{- end -}}
{{- if and .Values.ship.enabled (not .Values.ship.logs) -}}
{{- fail "ship.enabled=true needs files to follow: name them in ship.logs, such as /var/log/nginx/*.log." -}}
{{- end -}}
{{- range .Values.ship.logs -}}
{{- if not (hasPrefix (printf "%s/" (trimSuffix "/" $.Values.ship.hostPath)) .) -}}
{{- fail (printf "ship.logs names %s, which is not below ship.hostPath %s: only that folder of the nodes is mounted." . $.Values.ship.hostPath) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.monitoring.podMonitor.enabled .Values.networkPolicy.enabled (not .Values.networkPolicy.monitoring) -}}
{{- fail "monitoring.podMonitor.enabled=true has metrics scraped, but the network policies let nobody: name Prometheus' pods in networkPolicy.monitoring, such as [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]." -}}
{{- end -}}
{{- if and .Values.dashboard.ingress.enabled (not .Values.dashboard.ingress.host) -}}
{{- fail "dashboard.ingress.enabled=true needs dashboard.ingress.host: the page answers only for host names that it knows." -}}
{{- end -}}
{{- end -}}
