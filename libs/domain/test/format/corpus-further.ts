import { logTime } from "../support/lines.ts"
import {
  apache,
  atSecond,
  combined,
  common,
  type Format,
  f,
  iso,
  isoSecond,
  json,
  line1,
  nginx,
  raw,
  second,
  target,
  text
} from "./corpus.ts"

/*
 * What further servers, proxies, content networks and frameworks write, from their documentation. They were added after the readers were written, to see
 * whether a format that nobody had in mind is read.
 */

const pathOnly = (r: { readonly path: string }) => r.path
const clock = (ms: number) => iso(ms).slice(0, 19).replace("T", " ")
const flask = (ms: number) =>
  logTime(ms)
    .slice(0, 20)
    .replace(/:(\d\d:\d\d:\d\d)$/, " $1")

const ofText: ReadonlyArray<Format> = [
  f(
    "Gin",
    raw,
    (r) =>
      `[GIN] ${clock(r.ms).replaceAll("-", "/").replace(" ", " - ")} | ${r.status} | ${`${r.durationMs}.5ms`.padStart(12)} | ${r.client.padStart(15)} | ${r.method.padEnd(8)} "${target(r)}"`,
    { read: atSecond }
  ),
  f("Caddy's console", json, (r) =>
    [
      iso(r.ms).slice(0, 23).replaceAll("-", "/").replace("T", " "),
      "INFO",
      "http.log.access.log0",
      "handled request",
      text({
        request: {
          remote_ip: r.client,
          remote_port: "51234",
          client_ip: r.client,
          proto: "HTTP/2.0",
          method: r.method,
          host: "www.example.com",
          uri: target(r),
          headers: { "User-Agent": [r.agent] }
        },
        bytes_read: 0,
        user_id: "",
        duration: r.durationMs / 1000,
        size: r.size,
        status: r.status,
        resp_headers: { Server: ["Caddy"] }
      })
    ].join("\t")
  ),
  f(
    "journald, whose message is no UTF-8",
    apache,
    (r) => text({ SYSLOG_IDENTIFIER: "httpd", MESSAGE: [...combined(r)].map((c) => c.charCodeAt(0)) }),
    { read: atSecond }
  ),
  f("tabs, with the request in one column", nginx, (r) =>
    [(r.ms / 1000).toFixed(3), r.client, line1(r), r.status].join("\t")
  ),
  f("OpenLiteSpeed, in quotes", apache, (r) => `"${combined(r)}"`, { read: atSecond }),
  f(
    "Tomcat with a thread",
    raw,
    (r) => `${r.client} http-nio-8080-exec-3 - [${logTime(r.ms)}] "${line1(r)}" ${r.status} ${r.size} 12`,
    {
      read: atSecond
    }
  ),
  f("Jetty with latency", raw, (r) => `${combined(r)} 12`, { read: atSecond }),
  f("Jetty with the server's name", raw, (r) => `www.example.com ${combined(r)}`, { read: atSecond }),
  f("uvicorn with times", raw, (r) => `${clock(r.ms)} INFO:     ${r.client}:5432 - "${line1(r)}" ${r.status} OK`, {
    read: atSecond
  }),
  f(
    "hypercorn",
    raw,
    (r) =>
      `[${clock(r.ms)} +0000] [12] [INFO] ${r.client}:4312 ${r.method} ${target(r)} 1.1 ${r.status} ${r.size} 1234`,
    {
      read: atSecond
    }
  ),
  f("Werkzeug", raw, (r) => `${r.client} - - [${flask(r.ms)}] "${line1(r)}" ${r.status} -`, { read: atSecond }),
  f(
    "Werkzeug by Python's logging",
    raw,
    (r) => `INFO:werkzeug:${r.client} - - [${flask(r.ms)}] "${line1(r)}" ${r.status} -`,
    {
      read: atSecond
    }
  ),
  f(
    "aiohttp",
    raw,
    (r) => `${r.client} [${logTime(r.ms)}] "${line1(r)}" ${r.status} ${r.size} "${r.referer}" "${r.agent}"`,
    {
      read: atSecond
    }
  ),
  f("Puma", raw, (r) => `${common(r)} 0.0032`, { read: atSecond }),
  f("Reactor Netty", raw, (r) => `${r.client} - - [${iso(r.ms)}] "${line1(r)}" ${r.status} ${r.size} 12`),
  f("Apache with µs in the time", apache, (r) =>
    combined(r).replace(/:(\d\d) \+0000\]/, (_, s) => `:${s}.${iso(r.ms).slice(20, 23)}456 +0000]`)
  ),
  f(
    "Apache with TLS in front of the request",
    apache,
    (r) =>
      `[${iso(r.ms).slice(0, 23).replace("T", " ")}] ${r.client} TLSv1.3 TLS_AES_256_GCM_SHA384 "${line1(r)}" ${r.status} ${r.size}`
  ),
  f("Apache %D behind the agent", apache, (r) => `${combined(r)} ${r.durationMs * 1000}`, { read: atSecond }),
  f("Oracle HTTP Server", apache, (r) => `${common(r)} 0 "ECID-1.005"`, { read: atSecond }),
  f("Pound", apache, (r) => `www.example.com ${common(r)} "" "${r.agent}" (10.0.0.5:80) 0.003 sec`, { read: atSecond }),
  f("nginx with labelled times", nginx, (r) => `${combined(r)} "-" rt=0.003 uct="0.000" uht="0.003" urt="0.003"`, {
    read: atSecond
  }),
  f("nginx with a user of two words", nginx, (r) => combined(r).replace(" - - ", " - bob smith "), { read: atSecond }),
  f(
    "nginx with the upstream in front",
    nginx,
    (r) =>
      `[${logTime(r.ms)}] ${r.client} - - - example.com to: 10.0.0.5:80: ${line1(r)} upstream_response_time 0.003 msec 1791640536.123 request_time 0.003 status ${r.status}`,
    { read: atSecond }
  ),
  f("API Gateway, CLF", raw, (r) => `${common(r)} c6af9ac6-7b61-11e6-9a41-93e8deadbeef`, { read: atSecond }),
  f(
    "Fastly, CLF by syslog",
    raw,
    (r) =>
      `<134>${isoSecond(r.ms)} cache-fra19120 logname[123]: ${r.client} "-" "-" [${logTime(r.ms)}] "${line1(r)}" ${r.status} ${r.size}`,
    { read: atSecond }
  ),
  f("CloudFront in real time, whose status stands in front", nginx, (r) =>
    [
      (r.ms / 1000).toFixed(3),
      r.client,
      "0.002",
      r.status,
      r.size + 5000,
      r.method,
      "https",
      "d1.cloudfront.net",
      target(r),
      "500",
      "FRA"
    ].join("\t")
  ),
  f(
    "bunny.net",
    raw,
    (r) =>
      `HIT|${r.status}|${r.ms}|${r.size + 5000}|12345|${r.client}|-|https://cdn.example.com${target(r)}|DE|${r.agent}|9d2b|DE`,
    {
      read: (r) => ({ url: `https://cdn.example.com${r.path}` })
    }
  ),
  f(
    "commas without names",
    raw,
    (r) => `${isoSecond(r.ms)},${r.client},${r.method},"${target(r)}",${r.status},${r.size},0.003`,
    {
      read: atSecond
    }
  ),
  f("commas with names", raw, (r) => `${iso(r.ms)},${r.client},${r.method},${target(r)},${r.status},${r.size}`, {
    head: "timestamp,client_ip,method,path,status,bytes\n"
  }),
  f(
    "ASP.NET Core's W3C",
    raw,
    (r) =>
      `${clock(r.ms)} ${r.client} - WEB01 10.0.0.1 80 ${r.method} ${r.path} ${r.query === "" ? "-" : r.query} ${r.status} 12.3 HTTP/1.1 localhost curl - -`,
    {
      read: atSecond,
      head: "#Version: 1.0\n#Start-Date: 2026-10-10 13:55:36\n#Fields: date time c-ip cs-username s-computername s-ip s-port cs-method cs-uri-stem cs-uri-query sc-status time-taken cs-version cs-host cs(User-Agent) cs(Cookie) cs(Referer)\n"
    }
  ),
  f(
    "Heroku's router",
    raw,
    (r) =>
      `${iso(r.ms)} heroku[router]: at=info method=${r.method} path="${target(r)}" host=x.herokuapp.com request_id=8601b555 fwd="${r.client}" dyno=web.1 connect=1ms service=18ms status=${r.status} bytes=${r.size} protocol=https`
  ),
  f(
    "lograge",
    raw,
    (r) =>
      `method=${r.method} path=${r.path} format=html controller=HomeController action=index status=${r.status} duration=12.30 view=1.2 db=0.3 time=${iso(r.ms)} remote_ip=${r.client}`
  ),
  f(
    "lograge behind Ruby's logger",
    raw,
    (r) =>
      `I, [${iso(r.ms).slice(0, 19)}.123456 #123]  INFO -- : method=${r.method} path=${r.path} format=html status=${r.status} duration=12.30 ip=${r.client} time=${iso(r.ms)}`
  ),
  f(
    "go-kit's logfmt",
    raw,
    (r) =>
      `ts=${iso(r.ms)} caller=logging.go:42 level=info client_ip=${r.client} method=${r.method} uri=${target(r)} code=${r.status} bytes=${r.size} msg="done"`
  )
]

const object = (name: string, of: (r: Parameters<Format["line"]>[0]) => unknown, more: Partial<Format> = {}): Format =>
  f(name, json, (r) => text(of(r)), more)

const ofObjects: ReadonlyArray<Format> = [
  object("OpenResty", (r) => ({
    "@timestamp": iso(r.ms),
    server_addr: "10.0.0.1",
    remote_addr: r.client,
    request_method: r.method,
    request_uri: target(r),
    uri: r.path,
    request_time: 0.012,
    body_bytes_sent: r.size,
    status: `${r.status}`,
    upstream_status: "200",
    upstream_host: "10.0.0.9:80",
    http_user_agent: r.agent,
    xff: ""
  })),
  object("Azure Application Gateway", (r) => ({
    resourceId: "/SUBSCRIPTIONS/1",
    operationName: "ApplicationGatewayAccess",
    time: iso(r.ms),
    properties: {
      instanceId: "appgw_0",
      clientIP: r.client,
      clientPort: "46886",
      httpMethod: r.method,
      requestUri: r.path,
      requestQuery: r.query,
      userAgent: r.agent,
      httpStatus: `${r.status}`,
      receivedBytes: 291,
      sentBytes: r.size,
      timeTaken: 8
    }
  })),
  object("Azure Application Gateway v2", (r) => ({
    timeStamp: iso(r.ms).replace("Z", "+00:00"),
    listenerName: "HTTP",
    properties: {
      clientIP: r.client,
      httpMethod: r.method,
      originalRequestUriWithArgs: target(r),
      requestUri: r.path,
      requestQuery: r.query,
      userAgent: r.agent,
      httpStatus: r.status,
      sentBytes: r.size,
      timeTaken: 0.008,
      serverStatus: "200",
      serverRouted: "10.0.0.4:80"
    }
  })),
  object("Azure Front Door", (r) => ({
    time: iso(r.ms),
    category: "FrontDoorAccessLog",
    properties: {
      trackingReference: "0",
      httpMethod: r.method,
      requestUri: `https://www.example.com:443${target(r)}`,
      requestBytes: "100",
      responseBytes: `${r.size}`,
      userAgent: r.agent,
      clientIp: r.client,
      socketIp: r.client,
      httpStatusCode: `${r.status}`,
      pop: "FRA"
    }
  })),
  object(
    "Cloudflare Logpush in nanoseconds",
    (r) => ({
      ClientIP: r.client,
      ClientRequestMethod: r.method,
      ClientRequestURI: target(r),
      EdgeEndTimestamp: second(r.ms) * 1e6,
      EdgeResponseBytes: r.size,
      EdgeResponseStatus: r.status,
      EdgeStartTimestamp: (second(r.ms) - 1000) * 1e6,
      ClientRequestUserAgent: r.agent
    }),
    { read: atSecond }
  ),
  object(
    "Fastly",
    (r) => ({
      timestamp: `${iso(r.ms).slice(0, 19)}+0000`,
      client_ip: r.client,
      host: "h",
      url: target(r),
      request_method: r.method,
      request_user_agent: r.agent,
      response_state: "HIT",
      response_status: r.status,
      response_body_size: r.size
    }),
    { read: atSecond }
  ),
  object("Kong", (r) => ({
    latencies: { request: r.durationMs, kong: 1, proxy: 11 },
    service: { host: "h", port: 80, created_at: 1 },
    request: {
      querystring: {},
      size: "138",
      uri: target(r),
      url: `http://localhost:8000${target(r)}`,
      headers: { host: "localhost:8000", "user-agent": r.agent },
      method: r.method
    },
    client_ip: r.client,
    response: { headers: { "content-type": "x" }, status: r.status, size: `${r.size}` },
    started_at: r.ms
  })),
  object("Akamai DataStream 2", (r) => ({
    version: 1,
    reqTimeSec: (r.ms / 1000).toFixed(3),
    bytes: `${r.size}`,
    cliIP: r.client,
    statusCode: `${r.status}`,
    reqHost: "test.hostname.net",
    reqMethod: r.method,
    reqPath: pathOnly(r),
    queryStr: r.query,
    UA: r.agent
  })),
  object("Istio, JSON", (r) => ({
    authority: "h",
    bytes_sent: r.size,
    downstream_local_address: "10.44.1.27:80",
    downstream_remote_address: `${r.client}:3422`,
    duration: r.durationMs,
    method: r.method,
    path: target(r),
    requested_server_name: null,
    response_code: r.status,
    start_time: iso(r.ms),
    upstream_host: "10.0.0.1:80",
    user_agent: r.agent,
    x_forwarded_for: null
  })),
  object(
    "HAProxy, JSON",
    (r) => ({
      time_local: logTime(r.ms),
      client_addr: r.client,
      status_code: r.status,
      bytes_read: r.size,
      http_method: r.method,
      http_uri: target(r)
    }),
    { read: atSecond }
  ),
  object(
    "Varnish, JSON",
    (r) => ({
      time: `${iso(r.ms).slice(0, 19)}+0000`,
      client: r.client,
      method: r.method,
      url: target(r),
      status: r.status,
      bytes: r.size,
      handling: "hit"
    }),
    { read: atSecond }
  ),
  object("GitLab Workhorse", (r) => ({
    correlation_id: "x",
    duration_ms: 12,
    host: "g",
    level: "info",
    method: r.method,
    remote_addr: `${r.client}:0`,
    remote_ip: r.client,
    status: r.status,
    time: iso(r.ms),
    uri: target(r),
    user_agent: r.agent,
    written_bytes: r.size
  })),
  object("Logstash", (r) => ({
    "@timestamp": iso(r.ms),
    clientip: r.client,
    verb: r.method,
    request: target(r),
    httpversion: "1.1",
    response: r.status,
    bytes: r.size,
    agent: r.agent
  })),
  object("Serilog", (r) => ({
    "@t": iso(r.ms),
    "@mt": "HTTP {RequestMethod} {RequestPath} responded {StatusCode}",
    RequestMethod: r.method,
    RequestPath: r.path,
    StatusCode: r.status,
    Elapsed: 1.2,
    ClientIp: r.client
  })),
  object("Echo", (r) => ({
    time: iso(r.ms).replace("Z", "123456+00:00"),
    remote_ip: r.client,
    host: "localhost:1323",
    method: r.method,
    uri: target(r),
    user_agent: r.agent,
    status: r.status,
    error: "",
    latency: 1000,
    bytes_in: 0,
    bytes_out: r.size
  })),
  object("zerolog", (r) => ({
    level: "info",
    remote_ip: r.client,
    method: r.method,
    path: target(r),
    status_code: r.status,
    bytes_out: r.size,
    latency_ms: 1.2,
    user_agent: r.agent,
    time: iso(r.ms)
  })),
  object("Bunyan", (r) => ({
    name: "a",
    hostname: "web",
    level: 30,
    remoteAddress: r.client,
    req: { method: r.method, url: target(r), headers: {} },
    res: { statusCode: r.status },
    time: iso(r.ms)
  })),
  object("jsonPayload of Google's logging", (r) => ({
    insertId: "1",
    jsonPayload: { remote_addr: r.client, request: line1(r), status: r.status, body_bytes_sent: r.size },
    timestamp: iso(r.ms)
  })),
  object("JSON in a shipper's object", (r) => ({
    container_name: "w",
    message: text({
      time: iso(r.ms),
      remote_addr: r.client,
      method: r.method,
      uri: target(r),
      status: r.status,
      ua: r.agent
    }),
    timestamp: "2027-01-01T00:00:00Z"
  }))
]

export const furtherFormats: ReadonlyArray<Format> = [...ofText, ...ofObjects]
