import type { ColumnsSpec, FormatSpec, TextSpec } from "./spec.ts"

/** A format that is known by name. */
export interface KnownFormat {
  readonly name: string
  readonly title: string
  /** Where its fields are described. */
  readonly source: string
  readonly spec: TextSpec | ColumnsSpec
  readonly example: string
  /** What its time is. */
  readonly time: string
}

const known = (format: KnownFormat): KnownFormat => format

/**
 * Formats whose fields have fixed places and that Common's reader does not take. The order is the one in which they are tried. What stands behind
 * the last field that is wanted is left out, and no field that is wanted stands behind one that a client writes and nobody escapes.
 */
export const knownFormats: ReadonlyArray<KnownFormat> = [
  known({
    name: "haproxy-http",
    title: "HAProxy, option httplog",
    source: "https://docs.haproxy.org/3.0/configuration.html#8.2.3",
    spec: {
      kind: "text",
      pattern: '$client:$port [$time] $_ $_/$_ $_/$_/$_/$_/$duration $status $size $_ "$request"',
      unit: "ms"
    },
    example:
      '10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1"',
    time: "when the request arrived"
  }),
  known({
    name: "aws-alb",
    title: "AWS Application Load Balancer",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
    spec: {
      kind: "text",
      pattern:
        '$_ $time $_ $client:$port $_ $duration $duration $duration $status $upstream_status $_ $size "$request" "$agent"',
      ownHost: true,
      unit: "s"
    },
    example:
      'http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"',
    time: "when the response was sent"
  }),
  known({
    name: "aws-elb",
    title: "AWS Classic Load Balancer",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html",
    spec: {
      kind: "text",
      pattern: '$time $_ $client:$port $_ $duration $duration $duration $status $upstream_status $_ $size "$request"',
      ownHost: true,
      unit: "s"
    },
    example:
      '2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -',
    time: "when the request was received"
  }),
  known({
    name: "aws-s3",
    title: "AWS S3 server access log",
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html",
    spec: {
      kind: "text",
      pattern: '$_ $_ [$time] $client $_ $_ $_ $_ "$request" $status $_ $size $_ $duration $_ "$referer" "$agent"',
      unit: "ms"
    },
    example:
      '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be amzn-s3-demo-bucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be 3E57427F3EXAMPLE REST.GET.VERSIONING - "GET /amzn-s3-demo-bucket1?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com TLSV1.2 arn:aws:s3:us-west-1:123456789012:accesspoint/example-AP Yes',
    time: "when the request arrived"
  }),
  known({
    name: "squid",
    title: "Squid, native",
    source: "https://wiki.squid-cache.org/Features/LogFormat",
    spec: {
      kind: "text",
      pattern: "$time $duration $client $_/$status $size $method $url $_ $_/$_ $_",
      unit: "ms"
    },
    example:
      "1286536309.450    180 192.168.0.227 TCP_MISS/200 411 GET http://example.com/a.html - DIRECT/192.0.2.9 text/html",
    time: "when the client's connection was answered"
  }),
  known({
    name: "istio",
    title: "Istio's Envoy, text",
    source: "https://istio.io/latest/docs/tasks/observability/logs/access-log/",
    spec: {
      kind: "text",
      pattern: '[$time] "$request" $status $_ $_ $_ "$_" $_ $size $duration $_ "$forwarded" "$agent"',
      unit: "ms"
    },
    example:
      '[2020-11-25T21:26:18.409Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 4 4 "203.0.113.9" "curl/7.73.0-DEV" "84961386-6d84-929d-98bd-c5aee93b5c88" "httpbin:8000" "127.0.0.1:80" inbound|8000|| 127.0.0.1:41854 10.44.1.27:80 10.44.1.23:37652 outbound_.8000_._.httpbin.foo.svc.cluster.local default',
    time: "when the request began"
  }),
  known({
    name: "envoy",
    title: "Envoy, default text",
    source: "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage",
    spec: {
      kind: "text",
      pattern: '[$time] "$request" $status $_ $_ $size $duration $_ "$forwarded" "$agent"',
      unit: "ms"
    },
    example:
      '[2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"',
    time: "when the request began"
  }),
  known({
    name: "uwsgi",
    title: "uWSGI's request log",
    source: "https://uwsgi-docs.readthedocs.io/en/latest/LogFormat.html",
    spec: {
      kind: "text",
      pattern:
        "[pid: $_|app: $_|req: $_] $client ($_) {$_} [$time] $method $url => generated $size bytes in $duration msecs (HTTP/$_ $status) $_",
      unit: "ms"
    },
    example:
      "[pid: 31|app: 0|req: 1/1] 203.0.113.7 () {28 vars in 293 bytes} [Sat Oct 10 13:55:36 2026] GET /a => generated 12 bytes in 3 msecs (HTTP/1.1 200) 2 headers in 71 bytes (1 switches on core 0)",
    time: "as logged"
  }),
  known({
    name: "ambassador",
    title: "Ambassador's Envoy, text",
    source: "https://www.getambassador.io/docs/emissary/latest/topics/running/debugging",
    spec: {
      kind: "text",
      pattern: 'ACCESS [$time] "$request" $status $_ $_ $size $duration $_ "$forwarded" "$agent"',
      unit: "ms"
    },
    example:
      'ACCESS [2026-10-10T13:55:36.123Z] "GET /backend/ HTTP/1.1" 200 - 0 133 5 4 "203.0.113.7" "curl/8.5.0" "8f1c0a9a-7c1a-9d5f-a4a0-0d2c3b1e4f5a" "www.example.com" "10.0.0.5:8080"',
    time: "when the request began"
  }),
  known({
    name: "actix",
    title: "Actix Web's logger by env_logger",
    source: "https://docs.rs/actix-web/latest/actix_web/middleware/struct.Logger.html",
    spec: {
      kind: "text",
      pattern: '[$time $_] $client "$request" $status $size "$referer" "$agent" $duration',
      unit: "s"
    },
    example:
      '[2026-10-10T13:55:36Z INFO  actix_web::middleware::logger] 203.0.113.7 "GET /test HTTP/1.1" 404 20 "-" "curl/8.5.0" 0.000061',
    time: "when the response was sent"
  }),
  known({
    name: "php-server",
    title: "PHP's built-in server",
    source: "https://www.php.net/manual/en/features.commandline.webserver.php",
    spec: { kind: "text", pattern: "[$time] $client:$port [$status]: $method $url" },
    example: "[Sat Oct 10 13:55:36 2026] 203.0.113.7:51234 [404]: GET /missing.html",
    time: "when the response was sent"
  }),
  known({
    name: "oauth2-proxy",
    title: "oauth2-proxy, request log",
    source: "https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview#request-log-format",
    spec: {
      kind: "text",
      pattern: '$client - $_ - $_ [$time] $host $method $_ "$url" $_ "$agent" $status $size $duration',
      unit: "s"
    },
    example:
      '203.0.113.7:51234 - 5f9d0b8e-1c2d-4a4e-9d63-6a1f3a3c9d10 - user@example.com [2026/10/10 13:55:36] www.example.com GET 10.0.0.5:80 "/a?x=1" HTTP/1.1 "curl/8.5.0" 200 12 0.003',
    time: "when the response was sent"
  }),
  known({
    name: "gorouter",
    title: "Cloud Foundry's router",
    source: "https://docs.cloudfoundry.org/concepts/architecture/router.html",
    spec: {
      kind: "text",
      pattern:
        '$host - [$time] "$request" $status $_ $size "$referer" "$agent" "$client" "$_" x_forwarded_for:"$forwarded"',
      escaped: true
    },
    example:
      'www.example.com - [2026-10-10T13:55:36.123456789Z] "GET /a HTTP/1.1" 200 0 12 "-" "curl/8.5.0" "203.0.113.7:51234" "10.0.0.5:61012" x_forwarded_for:"203.0.113.7" x_forwarded_proto:"https" vcap_request_id:"5f9d0b8e" response_time:0.012',
    time: "when the request arrived"
  }),
  known({
    name: "gitea",
    title: "Gitea and Forgejo, router log",
    source: "https://docs.gitea.com/administration/logging-config",
    spec: {
      kind: "text",
      pattern: "$time $_ router: completed $method $url for $client:$port, $status $_ in $duration @",
      unit: "ms"
    },
    example:
      "2026/10/10 13:55:36 HTTPRequest [I] router: completed GET /user/login for 203.0.113.7:0, 200 OK in 12.4ms @ auth/auth.go:157(auth.SignIn)",
    time: "when the response was sent"
  }),
  known({
    name: "gin",
    title: "Gin's logger",
    source: "https://gin-gonic.com/en/docs/logging/",
    spec: {
      kind: "text",
      pattern: '[GIN] $time |$_ $status |$_ $duration |$_ $client | $method $_"$url"',
      unit: "ms"
    },
    example: '[GIN] 2026/10/10 - 13:55:36 | 404 |         1.2ms |     203.0.113.7 | GET      "/a"',
    time: "as logged"
  }),
  known({
    name: "gcs",
    title: "Google Cloud Storage usage log",
    source: "https://cloud.google.com/storage/docs/access-logs",
    spec: {
      kind: "columns",
      separator: ",",
      unit: "us",
      columns: [
        "time",
        "client",
        "_",
        "_",
        "method",
        "url",
        "status",
        "_",
        "size",
        "duration",
        "host",
        "referer",
        "agent",
        "_",
        "_",
        "_",
        "_"
      ]
    },
    example:
      '"1435352105122000","192.0.2.9","1","","GET","/storage/v1/b/logs/o","200","0","1234","32000","storage.googleapis.com","","curl/8.0","AEnB2UoX","storage.objects.list","logs",""',
    time: "when the request was completed"
  })
]

/** Formats by name, as `--format` and the bucket `formats` take them. */
export const formatNamed = (name: string): FormatSpec | undefined => {
  if (name === "common" || name === "combined") return { name, wrappers: [], inner: { kind: "common" } }
  const found = knownFormats.find((format) => format.name === name)
  return found === undefined ? undefined : { name, wrappers: [], inner: found.spec }
}
