import { logTime } from "../support/lines.ts"
import type { Read } from "./read.ts"

/*
 * A corpus of formats and wrappers: what servers write of the same requests, and what must be read of it without a flag. Fields that a client chooses
 * are then filled with whatever he may send, as far as the server lets it through: no line may be rejected for it, and none read otherwise.
 */

export interface Request {
  readonly ms: number
  readonly client: string
  readonly method: string
  readonly path: string
  readonly query: string
  readonly status: number
  readonly size: number
  readonly agent: string
  readonly referer: string
  readonly durationMs: number
}

export interface Format {
  readonly name: string
  /** How the server writes what a client has sent into a field. */
  readonly escapes: (text: string) => string
  readonly line: (r: Request) => string
  readonly head?: string
  /** What is read other than what was asked. */
  readonly read?: (r: Request) => Partial<Read>
}

const hex = (c: string) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`
/** nginx: quotes, backslashes, control characters and what is beyond ASCII. */
export const nginx = (text: string) => text.replaceAll(/["\\\x00-\x1f\x7f-\xff]/g, hex)
/** Apache: quotes and backslashes with a backslash. */
export const apache = (text: string) => text.replaceAll(/["\\]/g, "\\$&").replaceAll("\t", "\\t")
export const raw = (text: string) => text
export const json = (text: string) => text
const plus = (text: string) => (text === "" ? "-" : text.replaceAll(/[\s]/g, "+"))
const percent = (text: string) =>
  text === "" ? "-" : text.replaceAll(/[^\w./;()-]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
const csv = (text: string) => `"${text.replaceAll('"', '""')}"`

export const iso = (ms: number) => new Date(ms).toISOString()
export const second = (ms: number) => Math.floor(ms / 1000) * 1000
export const isoSecond = (ms: number) => iso(second(ms)).replace(".000Z", "Z")
export const target = (r: Request) => (r.query === "" ? r.path : `${r.path}?${r.query}`)
export const line1 = (r: Request) => `${r.method} ${target(r)} HTTP/1.1`
export const common = (r: Request) => `${r.client} - - [${logTime(r.ms)}] "${line1(r)}" ${r.status} ${r.size}`
export const combined = (r: Request) => `${common(r)} "${r.referer}" "${r.agent}"`
export const atSecond = (r: Request): Partial<Read> => ({ time: iso(second(r.ms)) })
export const text = (value: unknown) => JSON.stringify(value)
const monthDay = "Oct 10 13:55:36"

export const f = (
  name: string,
  escapes: Format["escapes"],
  line: Format["line"],
  more: Partial<Format> = {}
): Format => ({
  name,
  escapes,
  line,
  ...more
})

export const combinedFormats: ReadonlyArray<Format> = [
  f("Common", apache, common, { read: atSecond }),
  f("Combined, Apache", apache, combined, { read: atSecond }),
  f("Combined, nginx", nginx, combined, { read: atSecond }),
  f("nginx main", nginx, (r) => `${combined(r)} "-"`, { read: atSecond }),
  f("morgan, unescaped", raw, combined, { read: atSecond }),
  f("Apache vhost_combined", apache, (r) => `www.example.com:443 ${combined(r)}`, { read: atSecond }),
  f("virtual host behind the client", apache, (r) => combined(r).replace(" - - ", " www.example.com - "), {
    read: atSecond
  }),
  f("Traefik CLF", raw, (r) => `${combined(r)} 12 "web@docker" "http://10.0.0.5:80" ${r.durationMs}ms`, {
    read: atSecond
  }),
  f("nginx ingress", nginx, (r) => `${combined(r)} 356 0.001 [default-web-80] [] 10.0.0.5:80 12 0.001 200 8f1c0a9a`, {
    read: atSecond
  }),
  f("Combined with a duration", nginx, (r) => `${combined(r)} 0.003 0.002 .`, { read: atSecond }),
  f("gunicorn", apache, combined, { read: atSecond }),
  f("milliseconds in the time", apache, (r) =>
    combined(r).replace(/:(\d\d) \+0000\]/, (_, s) => `:${s}.${iso(r.ms).slice(20, 23)} +0000]`)
  ),
  f("ISO time in brackets", nginx, (r) => combined(r).replace(/\[[^\]]*\]/, `[${isoSecond(r.ms)}]`), { read: atSecond })
]

export const jsonFormats: ReadonlyArray<Format> = [
  f(
    "nginx JSON",
    json,
    (r) =>
      text({
        time_local: logTime(r.ms),
        remote_addr: r.client,
        request: line1(r),
        status: `${r.status}`,
        body_bytes_sent: `${r.size}`,
        http_user_agent: r.agent
      }),
    { read: atSecond }
  ),
  f("nginx JSON, msec and parts", json, (r) =>
    text({
      msec: (r.ms / 1000).toFixed(3),
      remote_addr: r.client,
      request_method: r.method,
      request_uri: target(r),
      uri: r.path,
      status: r.status,
      bytes_sent: r.size,
      http_user_agent: r.agent,
      upstream_status: "200"
    })
  ),
  f(
    "nginx JSON that nobody told to escape as JSON",
    nginx,
    (r) =>
      `{"time_iso8601":"${isoSecond(r.ms)}","remote_addr":"${r.client}","request":"${line1(r)}","status":"${r.status}","http_user_agent":"${r.agent}"}`,
    { read: atSecond }
  ),
  f("Caddy", json, (r) =>
    text({
      level: "info",
      ts: r.ms / 1000,
      logger: "http.log.access.log0",
      msg: "handled request",
      request: {
        remote_ip: r.client,
        remote_port: "41342",
        client_ip: r.client,
        proto: "HTTP/2.0",
        method: r.method,
        host: "localhost",
        uri: target(r),
        headers: { "User-Agent": [r.agent] }
      },
      bytes_read: 0,
      user_id: "",
      duration: 0.001,
      size: r.size,
      status: r.status,
      resp_headers: { Server: ["Caddy"] }
    })
  ),
  f("Traefik JSON", json, (r) =>
    text({
      ClientAddr: `${r.client}:5000`,
      ClientHost: r.client,
      ClientPort: "5000",
      DownstreamContentSize: r.size,
      DownstreamStatus: r.status,
      Duration: r.durationMs * 1e6,
      OriginStatus: 0,
      RequestMethod: r.method,
      RequestPath: target(r),
      RequestHost: "h",
      StartUTC: iso(r.ms),
      "request_User-Agent": r.agent,
      time: iso(r.ms + 5000)
    })
  ),
  f("Envoy JSON", json, (r) =>
    text({
      start_time: iso(r.ms),
      method: r.method,
      path: target(r),
      protocol: "HTTP/1.1",
      response_code: r.status,
      response_flags: "-",
      bytes_received: 0,
      bytes_sent: r.size,
      duration: r.durationMs,
      user_agent: r.agent,
      authority: "h",
      upstream_host: "10.0.0.5:80",
      downstream_remote_address: `${r.client.includes(":") ? `[${r.client}]` : r.client}:4000`,
      x_forwarded_for: null
    })
  ),
  f("GCP load balancer", json, (r) =>
    text({
      httpRequest: {
        requestMethod: r.method,
        requestUrl: `https://www.example.com${target(r)}`,
        requestSize: "120",
        status: r.status,
        responseSize: `${r.size}`,
        userAgent: r.agent,
        remoteIp: r.client,
        latency: `${r.durationMs / 1000}s`
      },
      timestamp: iso(r.ms),
      severity: "INFO",
      resource: { type: "http_load_balancer" }
    })
  ),
  f("Cloudflare Logpush", json, (r) =>
    text({
      ClientIP: r.client,
      ClientRequestHost: "example.com",
      ClientRequestMethod: r.method,
      ClientRequestURI: target(r),
      EdgeEndTimestamp: iso(r.ms),
      EdgeResponseBytes: r.size,
      EdgeResponseStatus: r.status,
      EdgeStartTimestamp: iso(r.ms - 900),
      RayID: "3a6050bcbe121a87",
      ClientRequestUserAgent: r.agent
    })
  ),
  f(
    "API Gateway",
    json,
    (r) =>
      text({
        requestId: "c6af9ac6",
        ip: r.client,
        caller: "-",
        user: "-",
        requestTime: logTime(r.ms),
        httpMethod: r.method,
        resourcePath: r.path,
        status: `${r.status}`,
        protocol: "HTTP/1.1",
        responseLength: `${r.size}`,
        userAgent: r.agent
      }),
    { read: atSecond }
  ),
  f("pino-http", json, (r) =>
    text({
      level: 30,
      time: r.ms,
      pid: 1,
      hostname: "h",
      req: {
        id: 1,
        method: r.method,
        url: target(r),
        headers: { host: "x", "user-agent": r.agent },
        remoteAddress: r.client,
        remotePort: 64421
      },
      res: { statusCode: r.status, headers: {} },
      responseTime: 11,
      msg: "request completed"
    })
  ),
  f("Elastic Common Schema", json, (r) =>
    text({
      "@timestamp": iso(r.ms),
      source: { address: r.client, ip: r.client },
      http: { request: { method: r.method }, response: { status_code: r.status, body: { bytes: r.size } } },
      url: { original: target(r), path: r.path },
      user_agent: { original: r.agent }
    })
  ),
  f("OpenTelemetry", json, (r) =>
    text({
      timestamp: iso(r.ms),
      "client.address": r.client,
      "http.request.method": r.method,
      "url.path": r.path,
      "url.query": r.query,
      "http.response.status_code": r.status,
      "user_agent.original": r.agent
    })
  ),
  f(
    "Tomcat JSON",
    json,
    (r) =>
      text({
        host: r.client,
        logicalUserName: "-",
        user: "-",
        time: `[${logTime(r.ms)}]`,
        method: r.method,
        path: r.path,
        query: r.query,
        protocol: "HTTP/1.1",
        statusCode: `${r.status}`,
        size: `${r.size}`,
        userAgent: r.agent
      }),
    { read: atSecond }
  )
]

const w3cFields =
  "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken"

export const otherFormats: ReadonlyArray<Format> = [
  f(
    "IIS",
    plus,
    (r) =>
      `${iso(r.ms).slice(0, 10)} ${iso(r.ms).slice(11, 19)} 10.0.0.1 ${r.method} ${r.path} ${r.query === "" ? "-" : r.query} 443 - ${r.client} ${r.agent} - ${r.status} 0 0 12`,
    {
      read: atSecond,
      head: `#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-10-10 13:00:00\r\n#Fields: ${w3cFields}\r\n`
    }
  ),
  f(
    "CloudFront",
    percent,
    (r) =>
      [
        iso(r.ms).slice(0, 10),
        iso(r.ms).slice(11, 19),
        "FRA53-C1",
        r.size,
        r.client,
        r.method,
        "d1.cloudfront.net",
        r.path,
        r.status,
        "-",
        r.agent,
        r.query === "" ? "-" : r.query,
        "-",
        "Hit"
      ].join("\t"),
    {
      read: atSecond,
      head: "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type\n"
    }
  ),
  f(
    "Google Cloud Storage",
    raw,
    (r) =>
      [
        `"${r.ms * 1000}"`,
        `"${r.client}"`,
        '"1"',
        '""',
        `"${r.method}"`,
        `"${target(r)}"`,
        `"${r.status}"`,
        '"0"',
        `"${r.size}"`,
        '"3200"',
        '"storage.googleapis.com"',
        '""',
        csv(r.agent),
        '"AEn"',
        '"storage.objects.get"',
        '"b"',
        '"o"'
      ].join(","),
    {
      head: '"time_micros","c_ip","c_ip_type","c_ip_region","cs_method","cs_uri","sc_status","cs_bytes","sc_bytes","time_taken_micros","cs_host","cs_referer","cs_user_agent","s_request_id","cs_operation","cs_bucket","cs_object"\n'
    }
  ),
  f(
    "AWS ALB",
    nginx,
    (r) =>
      `https ${iso(r.ms).replace("Z", "123Z")} app/lb/50dc6c495c0c9188 ${r.client.includes(":") ? `[${r.client}]` : r.client}:2817 10.0.0.1:80 0.000 0.001 0.000 ${r.status} 200 34 ${r.size} "${r.method} https://www.example.com:443${target(r)} HTTP/1.1" "${r.agent}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x "Root=1" "-" "-" 0 ${iso(r.ms)} "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"`
  ),
  f(
    "AWS ELB",
    nginx,
    (r) =>
      `${iso(r.ms).replace("Z", "123Z")} lb ${r.client.includes(":") ? `[${r.client}]` : r.client}:2817 10.0.0.1:80 0.000073 0.001048 0.000057 ${r.status} 200 0 ${r.size} "${r.method} http://www.example.com:80${target(r)} HTTP/1.1" "${r.agent}" - -`
  ),
  f(
    "AWS S3",
    nginx,
    (r) =>
      `79a59df900b949e55d96a1e698fbaced bucket1 [${logTime(r.ms)}] ${r.client} - 3E57427F3EXAMPLE REST.GET.OBJECT a "${line1(r)}" ${r.status} - ${r.size} - ${r.durationMs} - "-" "${r.agent}" - s9lz= SigV4 ECDHE AuthHeader b.s3.amazonaws.com TLSV1.2 - -`,
    { read: atSecond }
  ),
  f(
    "HAProxy HTTP",
    raw,
    (r) =>
      `${r.client}:33317 [${logTime(r.ms).slice(0, 20)}.${iso(r.ms).slice(20, 23)}] web~ app/srv1 10/0/30/69/${r.durationMs} ${r.status} ${r.size} - - ---- 1/1/1/1/0 0/0 {1wt.eu|} {} "${line1(r)}"`
  ),
  f(
    "Squid",
    raw,
    (r) =>
      `${(r.ms / 1000).toFixed(3)} ${`${r.durationMs}`.padStart(6)} ${r.client} TCP_MISS/${r.status} ${r.size} ${r.method} http://www.example.com${target(r)} - HIER_DIRECT/192.0.2.9 text/html`,
    { read: (r) => ({ url: `http://www.example.com${r.path}` }) }
  ),
  f(
    "Envoy",
    nginx,
    (r) =>
      `[${iso(r.ms)}] "${r.method} ${target(r)} HTTP/2" ${r.status} - 154 ${r.size} ${r.durationMs} 100 "${r.client}" "${r.agent}" "cc21d9b0" "locations" "tcp://10.0.2.1:80"`
  ),
  f(
    "Istio",
    nginx,
    (r) =>
      `[${iso(r.ms)}] "${r.method} ${target(r)} HTTP/2" ${r.status} - via_upstream - "-" 154 ${r.size} ${r.durationMs} 100 "${r.client}" "${r.agent}" "cc21d9b0" "locations" "10.0.2.1:80" inbound|8000|| 127.0.0.1:41854 10.44.1.27:80 10.44.1.23:37652 outbound default`
  ),
  f(
    "uWSGI",
    raw,
    (r) =>
      `[pid: 31|app: 0|req: 1/1] ${r.client} () {28 vars in 293 bytes} [Sat Oct 10 13:55:36 2026] ${r.method} ${target(r)} => generated ${r.size} bytes in 3 msecs (HTTP/1.1 ${r.status}) 2 headers in 71 bytes (1 switches on core 0)`,
    { read: () => ({ time: "2026-10-10T13:55:36.000Z" }) }
  ),
  f(
    "LTSV",
    (t) => nginx(t),
    (r) =>
      `host:${r.client}\ttime:[${logTime(r.ms)}]\treq:${line1(r)}\tstatus:${r.status}\tsize:${r.size}\tua:${r.agent}`,
    { read: atSecond }
  ),
  f(
    "logfmt",
    apache,
    (r) =>
      `time=${iso(r.ms)} level=info method=${r.method} path="${target(r)}" status=${r.status} bytes=${r.size} remote_addr=${r.client} user_agent="${r.agent}"`
  ),
  f("tabs", nginx, (r) =>
    [(r.ms / 1000).toFixed(3), r.client, r.method, target(r), r.status, r.size, r.agent].join("\t")
  ),
  f(
    "pipes",
    nginx,
    (r) => [isoSecond(r.ms), r.client, line1(r), r.status, r.size].map((v, i) => (i === 2 ? `"${v}"` : v)).join("|"),
    { read: atSecond }
  ),
  f(
    "a log_format that nobody knows",
    nginx,
    (r) => `${r.client} [${logTime(r.ms)}] www.example.com "${line1(r)}" ${r.status} ${r.size} 0.003 "${r.agent}"`,
    { read: atSecond }
  ),
  f(
    "words, as a program of one's own writes them",
    raw,
    (r) => `${isoSecond(r.ms)} ${r.client} ${r.method} ${target(r)} ${r.status} ${r.size} 0.003`,
    { read: atSecond }
  )
]

const inside = (name: string, wrap: (line: string, r: Request) => string, of: Format = combinedFormats[2]!): Format =>
  f(`${of.name} in ${name}`, of.escapes, (r) => wrap(of.line(r), r), { read: of.read ?? (() => ({})) })

export const wrappedFormats: ReadonlyArray<Format> = [
  inside("syslog of RFC 3164", (l) => `<190>${monthDay} web1 nginx: ${l}`),
  inside("a syslog file", (l) => `${monthDay} web1 nginx[77]: ${l}`),
  inside("syslog of RFC 5424", (l, r) => `<165>1 ${iso(r.ms)} web1 nginx 77 - [x@1 a="b]"] ${l}`),
  inside("rsyslog with ISO times", (l, r) => `${iso(r.ms).replace("Z", "+00:00")} web1 nginx: ${l}`),
  inside("syslog", (l) => `${monthDay} lb haproxy[14389]: ${l}`, otherFormats[6]!),
  inside("Docker's json-file", (l, r) => text({ log: `${l}\n`, stream: "stdout", time: iso(r.ms) })),
  inside("Docker's json-file", (l, r) => text({ log: `${l}\n`, stream: "stdout", time: iso(r.ms) }), jsonFormats[3]!),
  inside("Kubernetes CRI", (l, r) => `${iso(r.ms)} stdout F ${l}`),
  inside(
    "Kubernetes CRI in parts",
    (l, r) => `${iso(r.ms)} stdout P ${l.slice(0, 50)}\n${iso(r.ms)} stdout F ${l.slice(50)}`
  ),
  inside("Kubernetes CRI", (l, r) => `${iso(r.ms)} stdout F ${l}`, jsonFormats[4]!),
  inside("journald's JSON", (l) =>
    text({ MESSAGE: l, PRIORITY: "6", __REALTIME_TIMESTAMP: "1791640536000000", _HOSTNAME: "h" })
  ),
  inside("Vector's objects", (l, r) => text({ message: l, host: "web1", source_type: "file", timestamp: iso(r.ms) })),
  inside("Fluent Bit's records", (l) => `[1791640536.5, ${text({ log: l })}]`),
  inside("Filebeat's documents", (l, r) =>
    text({ "@timestamp": iso(r.ms), message: l, log: { file: { path: "/x" } } })
  ),
  inside("Telegraf's JSON", (l) =>
    text({ fields: { value: l }, name: "tail", tags: { host: "h" }, timestamp: 1791640536 })
  ),
  inside("kubectl's prefix", (l) => `[pod/web-0/nginx] ${l}`),
  inside("docker compose", (l) => `web-1  | ${l}`),
  inside("docker compose in colours", (l) => `\x1b[36mweb-1  | \x1b[0m${l}`),
  inside("times in front", (l, r) => `${iso(r.ms)} ${l}`)
]
