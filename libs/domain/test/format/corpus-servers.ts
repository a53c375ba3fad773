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
  type Request,
  raw,
  second,
  target,
  text
} from "./corpus.ts"

/*
 * A third round, from the documentation of servers, gateways, content networks, frameworks and repositories that the first two do not have.
 */

const clock = (ms: number) => iso(ms).slice(0, 19).replace("T", " ")
const slashed = (ms: number) => clock(ms).replaceAll("-", "/")
const rfc1123 = (ms: number) => new Date(ms).toUTCString()
const asctime = (ms: number) => {
  const [, day, month, year, time] = /, (\d\d) (\w+) (\d+) ([\d:]+)/.exec(rfc1123(ms))!
  return `${rfc1123(ms).slice(0, 3)} ${month} ${day} ${time} ${year}`
}
const go = (value: string) => value.replaceAll(/["\\]/g, "\\$&").replaceAll("\t", "\\t")
const atNoFraction = atSecond
const absolute = (r: Request) => `https://www.example.com${target(r)}`
const withHost = (r: Request) => ({ url: `https://www.example.com${r.path}` })

const texts: ReadonlyArray<Format> = [
  f(
    "Cloud Foundry's router",
    go,
    (r) =>
      `www.example.com - [${iso(r.ms).replace("Z", "456789Z")}] "${line1(r)}" ${r.status} 0 ${r.size} "${r.referer}" "${r.agent}" "${r.client}:51234" "10.0.0.5:61012" x_forwarded_for:"198.51.100.1" x_forwarded_proto:"https" vcap_request_id:"1" response_time:0.012 app_id:"1"`
  ),
  f(
    "GELF",
    json,
    (r) => text({ version: "1.1", host: "w", short_message: common(r), timestamp: 1791640536.1, level: 6 }),
    {
      read: atSecond
    }
  ),
  f("Tomcat, extended", apache, (r) => `${common(r)} ${r.durationMs} 3 http-nio-8080-exec-1`, { read: atSecond }),
  f("Hypercorn", raw, (r) => combined(r).replace(line1(r), `${r.method} ${target(r)} 1.1`), { read: atSecond }),
  f(
    "Hypercorn by Python's logging",
    raw,
    (r) =>
      `[${clock(r.ms)} +0000] [12] [INFO] ${combined(r)
        .replace(r.client, `${r.client}:51234`)
        .replace(line1(r), `${r.method} ${target(r)} 2`)}`,
    { read: atSecond }
  ),
  f(
    "Apache with virtual host, port, %D and %T",
    apache,
    (r) => `www.example.com:443 ${combined(r)} ${r.durationMs}123 0`,
    {
      read: atSecond
    }
  ),
  f(
    "HAProxy HTTPS",
    raw,
    (r) =>
      `${r.client}:51234 [${logTime(r.ms).slice(0, 20)}.${iso(r.ms).slice(20, 23)}] fe~ be/web1 0/0/1/${r.durationMs}/${r.durationMs} ${r.status} ${r.size} - - ---- 1/1/0/0/0 0/0 "${line1(r)}" 0/0000000000000000/0/0/0 www.example.com/TLSv1.3/TLS_AES_128_GCM_SHA256`
  ),
  f(
    "HAProxy HTTP with captured headers",
    raw,
    (r) =>
      `Oct 10 13:55:36 lb haproxy[14389]: ${r.client}:51234 [${logTime(r.ms).slice(0, 20)}.${iso(r.ms).slice(20, 23)}] http-in static/srv1 10/0/30/69/109 ${r.status} ${r.size} - - ---- 1/1/1/1/0 0/0 {www.example.com|de} {nginx} "${line1(r)}"`
  ),
  f("Squid, combined", apache, (r) => `${combined(r)} TCP_MISS:HIER_DIRECT`, { read: atSecond }),
  f("Vert.x", raw, (r) => combined(r).replace(logTime(r.ms), rfc1123(r.ms)), { read: atSecond }),
  f("WEBrick", raw, (r) => common(r).replace("+0000]", "UTC]"), { read: atSecond }),
  f("Rack", raw, (r) => `${common(r)} 0.0${r.durationMs}`, { read: atSecond }),
  f(
    "Actix",
    raw,
    (r) =>
      `[${isoSecond(r.ms)} INFO  actix_web::middleware::logger] ${r.client} "${line1(r)}" ${r.status} ${r.size} "${r.referer}" "${r.agent}" 0.000123`,
    { read: atSecond }
  ),
  f("PHP's own server", raw, (r) => `[${asctime(r.ms)}] ${r.client}:51234 [${r.status}]: ${r.method} ${target(r)}`, {
    read: atSecond
  }),
  f(
    "chi",
    raw,
    (r) =>
      `${slashed(r.ms)} "${r.method} http://www.example.com${target(r)} HTTP/1.1" from ${r.client}:51234 - ${r.status} ${r.size}B in ${r.durationMs}.5ms`,
    { read: (r) => ({ ...atNoFraction(r), url: `http://www.example.com${r.path}` }) }
  ),
  f(
    "Nexus",
    apache,
    (r) =>
      `${r.client} - admin [${logTime(r.ms)}] "${line1(r)}" ${r.status} - ${r.size} ${r.durationMs} "${r.agent}" [qtp1-42]`,
    { read: atSecond }
  ),
  f(
    "Artifactory",
    raw,
    (r) =>
      `${iso(r.ms)}|9f2c1a7be0d34c55|${r.client}|anonymous|${r.method}|${target(r)}|${r.status}|-1|${r.size}|${r.durationMs}|${r.agent}`
  ),
  f(
    "Gitea",
    raw,
    (r) =>
      `${slashed(r.ms)} HTTPRequest [I] router: completed ${r.method} ${target(r)} for ${r.client}:0, ${r.status} OK in ${r.durationMs}.5ms @ web/home.go:32(web.Home)`,
    { read: atSecond }
  ),
  f(
    "oauth2-proxy",
    go,
    (r) =>
      `${r.client}:51234 - 5f9d0b8e-1c2d-4a4e-9d63-6a1f3a3c9d10 - - [${slashed(r.ms)}] www.example.com ${r.method} 10.0.0.5:80 "${target(r)}" HTTP/1.1 "${r.agent}" ${r.status} ${r.size} 0.00${r.durationMs}`,
    { read: atSecond }
  ),
  f(
    "Ambassador",
    raw,
    (r) =>
      `ACCESS [${iso(r.ms)}] "${line1(r)}" ${r.status} - 0 ${r.size} ${r.durationMs} 2 "${r.client}" "${r.agent}" "8f1c0a9a" "www.example.com" "10.0.0.5:8080"`
  ),
  f(
    "Gcore, all in quotes",
    nginx,
    (r) =>
      `"${r.client}" "-" "-" "[${logTime(r.ms)}]" "${line1(r)}" "${r.status}" "${r.size}" "${r.referer}" "${r.agent}" "-" "0.003" "HIT"`,
    { read: atSecond }
  ),
  f(
    "IIS with fields of its own",
    (t) => (t === "" ? "-" : t.replaceAll(/\s/g, "+")),
    (r) =>
      `${clock(r.ms)} W3SVC1 WEB01 10.0.0.9 ${r.method} ${r.path} ${r.query === "" ? "-" : r.query} 443 - ${r.client} HTTP/2 ${r.agent} - www.example.com ${r.status} 0 0 ${r.size} 512 ${r.durationMs} -`,
    {
      head: "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2026-10-10 00:00:00\n#Fields: date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken X-Forwarded-For\n",
      read: atSecond
    }
  ),
  f(
    "lograge with time and client",
    json,
    (r) =>
      `time=${iso(r.ms)} method=${r.method} path=${r.path} format=html controller=HomeController action=index status=${r.status} allocations=123 duration=${r.durationMs}.25 view=1.10 db=0.50 ip=${r.client}`
  ),
  f(
    "Nginx Unit in journald",
    nginx,
    (r) => text({ __REALTIME_TIMESTAMP: "1791640536000000", _COMM: "unitd", PRIORITY: "6", MESSAGE: combined(r) }),
    { read: atSecond }
  ),
  f("Docker compose's prefix before H2O", raw, (r) => `h2o-1  | ${combined(r)}`, { read: atSecond })
]

const object = (name: string, of: (r: Request) => unknown, more: Partial<Format> = {}): Format =>
  f(name, json, (r) => text(of(r)), more)

const istio = (r: Request) => ({
  authority: "www.example.com",
  bytes_received: 0,
  bytes_sent: r.size,
  connection_termination_details: null,
  downstream_local_address: "10.244.0.7:8080",
  downstream_remote_address: `${r.client}:51234`,
  duration: r.durationMs,
  method: r.method,
  path: target(r),
  protocol: "HTTP/1.1",
  request_id: "b0b5ad1c-54a6-9b4a-a9f0-3b7e4c1d2e3f",
  requested_server_name: null,
  response_code: r.status,
  response_code_details: "via_upstream",
  response_flags: "-",
  route_name: "default",
  start_time: iso(r.ms),
  upstream_cluster: "inbound|8080||",
  upstream_host: "10.244.0.7:8080",
  upstream_local_address: "127.0.0.6:41115",
  upstream_service_time: "2",
  upstream_transport_failure_reason: null,
  user_agent: r.agent,
  x_forwarded_for: null
})

const kong = (r: Request) => ({
  latencies: { request: r.durationMs, kong: 2, proxy: 10 },
  service: { host: "10.0.0.5", created_at: 1614232642, protocol: "http", port: 80, path: "/", id: "1" },
  request: {
    querystring: {},
    size: 138,
    uri: target(r),
    url: `http://www.example.com:8000${target(r)}`,
    headers: { host: "www.example.com:8000", "user-agent": r.agent },
    method: r.method
  },
  tries: [{ balancer_latency: 0, port: 80, balancer_start: r.ms, ip: "10.0.0.5" }],
  client_ip: r.client,
  workspace: "w",
  upstream_uri: "/",
  response: { headers: { "content-type": "text/html" }, status: r.status, size: r.size },
  route: { id: "1", paths: ["/"], created_at: 1614232648 },
  started_at: r.ms
})

const objects: ReadonlyArray<Format> = [
  object("VPC Lattice", (r) => ({
    serviceNetworkArn: "arn",
    requestPath: r.path,
    protocol: "HTTP/1.1",
    targetIpPort: "10.0.0.5:80",
    responseCode: r.status,
    requestMethod: r.method,
    duration: r.durationMs,
    hostHeader: "www.example.com",
    startTime: iso(r.ms),
    sourceIpPort: `${r.client}:51234`,
    userAgent: r.agent,
    bytesSent: r.size
  })),
  object(
    "Oracle's load balancer",
    (r) => ({
      data: {
        backendAddr: "10.0.0.5:80",
        backendStatusCode: "502",
        clientAddr: `${r.client}:51234`,
        lbStatusCode: `${r.status}`,
        sentBytes: `${r.size}`,
        userAgent: r.agent,
        request: `${r.method} http://www.example.com:80${target(r)} HTTP/1.1`,
        timestamp: isoSecond(r.ms).replace("Z", "+00:00")
      },
      id: "1",
      type: "com.oraclecloud.loadbalancer.access"
    }),
    { read: (r) => ({ ...atSecond(r), url: `http://www.example.com:80${r.path}` }) }
  ),
  object("Google App Engine", (r) => ({
    protoPayload: {
      "@type": "type.googleapis.com/google.appengine.logging.v1.RequestLog",
      ip: r.client,
      method: r.method,
      resource: target(r),
      status: r.status,
      responseSize: `${r.size}`,
      startTime: iso(r.ms),
      latency: "0.03s",
      userAgent: r.agent,
      host: "e.appspot.com"
    },
    insertId: "1",
    timestamp: iso(r.ms)
  })),
  object("Istio JSON", istio),
  object("WildFly JSON", (r) => ({
    eventSource: "web-access",
    hostName: "default-host",
    bytesSent: r.size,
    dateTime: iso(r.ms).replace("Z", "+0000"),
    localIp: "10.0.0.9",
    remoteHost: r.client,
    remoteUser: null,
    requestLine: line1(r),
    responseCode: r.status
  })),
  object(
    "OpenResty, numbers as they are",
    (r) => ({
      timestamp: isoSecond(r.ms).replace("Z", "+00:00"),
      msec: second(r.ms) / 1000,
      remote_addr: r.client,
      server_addr: "10.0.0.9",
      host: "www.example.com",
      request_method: r.method,
      request_uri: target(r),
      uri: r.path,
      args: r.query,
      status: r.status,
      bytes_sent: r.size,
      upstream_addr: "10.0.0.5:80",
      upstream_status: "502",
      request_time: r.durationMs / 1000
    }),
    { read: atSecond }
  ),
  object(
    "Akamai's DataStream",
    (r) => ({
      version: 1,
      streamId: "12345",
      cp: "123456",
      reqId: "1239f220",
      reqTimeSec: `${second(r.ms) / 1000}`,
      bytes: `${r.size}`,
      cliIP: r.client,
      statusCode: `${r.status}`,
      proto: "HTTPS",
      reqHost: "www.example.com",
      reqMethod: r.method,
      reqPath: r.path.slice(1),
      reqPort: "443",
      rspContentLen: "5000",
      rspContentType: "text/html",
      UA: r.agent,
      queryStr: r.query,
      errorCode: "-",
      turnAroundTimeMSec: "11",
      xForwardedFor: "-"
    }),
    { read: atSecond }
  ),
  object("Vercel", (r) => ({
    id: "1573817187330377061717300000",
    message: "START RequestId: 1",
    timestamp: r.ms,
    type: "stdout",
    source: "lambda",
    projectId: "p",
    deploymentId: "d",
    host: "my-app.vercel.app",
    path: r.path,
    proxy: {
      timestamp: r.ms,
      method: r.method,
      scheme: "https",
      host: "my-app.vercel.app",
      path: target(r),
      userAgent: [r.agent],
      referer: r.referer,
      statusCode: r.status,
      clientIp: r.client,
      region: "sfo1",
      cacheId: "x"
    }
  })),
  object(
    "Netlify",
    (r) => ({
      account_id: "1",
      client_ip: r.client,
      content_type: "text/html",
      country: "DE",
      deploy_id: "1",
      duration: r.durationMs,
      log_type: "traffic",
      method: r.method,
      referrer: r.referer,
      request_id: "1",
      site_id: "1",
      status_code: r.status,
      timestamp: iso(r.ms),
      url: absolute(r),
      user_agent: r.agent
    }),
    { read: withHost }
  ),
  object("MinIO's audit", (r) => ({
    version: "1",
    deploymentid: "5f9d0b8e",
    time: iso(r.ms),
    event: "",
    trigger: "incoming",
    api: {
      name: "GetObject",
      bucket: "b",
      object: "o",
      status: "OK",
      statusCode: r.status,
      rx: 0,
      tx: r.size,
      timeToFirstByte: "1453000ns",
      timeToResponse: "1510000ns"
    },
    remotehost: r.client,
    requestID: "16A1",
    userAgent: r.agent,
    requestPath: r.path,
    requestHost: "minio:9000",
    requestHeader: { "Content-Length": "0", "User-Agent": r.agent },
    responseHeader: { "Content-Length": "12", Server: "MinIO" }
  })),
  object("GitLab", (r) => ({
    method: r.method,
    path: r.path,
    format: "html",
    controller: "RootController",
    action: "index",
    status: r.status,
    time: iso(r.ms),
    params: [{ key: "x", value: "1" }],
    correlation_id: "01",
    remote_ip: r.client,
    ua: r.agent,
    "meta.caller_id": "RootController#index",
    "meta.remote_ip": r.client,
    db_duration_s: 0.01,
    duration_s: 0.12
  })),
  object(
    "Linkerd",
    (r) => ({
      "client.addr": `${r.client}:50118`,
      "client.id": "-",
      host: "www.example.com",
      method: r.method,
      processing_ns: "39826",
      request_bytes: "",
      response_bytes: `${r.size}`,
      status: r.status,
      timestamp: iso(r.ms),
      total_ns: "18994422",
      trace_id: "",
      uri: absolute(r),
      user_agent: r.agent,
      version: "HTTP/2.0"
    }),
    { read: withHost }
  ),
  object(
    "CloudFront's JSON",
    (r) => ({
      date: iso(r.ms).slice(0, 10),
      time: iso(r.ms).slice(11, 19),
      "x-edge-location": "FRA53-C1",
      "sc-bytes": `${r.size}`,
      "c-ip": r.client,
      "cs-method": r.method,
      "cs(Host)": "d1.cloudfront.net",
      "cs-uri-stem": r.path,
      "sc-status": `${r.status}`,
      "cs(Referer)": r.referer,
      "cs(User-Agent)": r.agent,
      "cs-uri-query": r.query === "" ? "-" : r.query,
      "time-taken": "0.012"
    }),
    { read: atSecond }
  ),
  f("Istio JSON in Docker", json, (r) =>
    text({ log: `${text(istio(r))}\n`, stream: "stdout", time: "2026-10-10T14:00:00.123456789Z" })
  ),
  f("Kong in Kubernetes", json, (r) => `2026-10-10T14:00:00.123456789Z stdout F ${text(kong(r))}`),
  f(
    "oauth2-proxy in Kubernetes",
    go,
    (r) =>
      `2026-10-10T14:00:00.123456789Z stdout F ${r.client}:51234 - 5f9d0b8e-1c2d - - [${slashed(r.ms)}] www.example.com ${r.method} - "${target(r)}" HTTP/1.1 "${r.agent}" ${r.status} ${r.size} 0.001`,
    { read: atSecond }
  ),
  f(
    "Gitea in Docker",
    raw,
    (r) =>
      text({
        log: `${slashed(r.ms)} HTTPRequest [I] router: completed ${r.method} ${target(r)} for ${r.client}:0, ${r.status} OK in 1.5ms @ web/home.go:32(web.Home)\n`,
        stream: "stdout",
        time: iso(r.ms)
      }),
    { read: atSecond }
  )
]

export const serverFormats: ReadonlyArray<Format> = [...texts, ...objects]
