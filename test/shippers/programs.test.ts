import { appendFileSync, chmodSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { join } from "node:path"
import { chaussettes, type Program, succeeded, until } from "@chaussettes/testing"
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "@effect/vitest"
import { type ConfiguredServer, startConfigured } from "../../apps/cli/test/support/server.ts"
import { type Bench, bench, linesOfSource, programPath } from "./programs.ts"
import { lineAt } from "./support.ts"

/* Real programs send lines to the server as it is shipped, each as its own user or through `ship`. docs/shippers.md says which versions. */

let server: ConfiguredServer
let own: Bench
let made = 0
let source: string

const context = (role: "ship" | "operator") => ({ NATS_CONTEXT: server.context(role) })

/** Users of JetStream outputs, each with one source. */
const users = ["telegraf"] as const
const passwords = new Map<string, string>()

beforeAll(async () => {
  server = await startConfigured()
  await succeeded(chaussettes(["init"], { env: context("operator") }))
  for (const name of users) {
    const dir = join(server.folder, "credentials")
    const args = ["credentials", "--dir", dir, "--add", name, "--source", name, "--may-ask", "--url", server.url]
    passwords.set(name, JSON.parse(await succeeded(chaussettes(args))).password)
  }
  await server.restart()
}, 60_000)
beforeEach(() => {
  own = bench()
  // Some of them run as another user.
  chmodSync(own.folder, 0o755)
  source = `program${made++}`
})
afterEach(() => own.end())
afterAll(() => server.stop())

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })

const stored = (name: string) => linesOfSource(name, server.url, server.passwords.operator)

const lines = Array.from({ length: 300 }, (_, n) => lineAt(n))
const text = (some: ReadonlyArray<string>) => some.map((line) => `${line}\n`).join("")

/** Waits until the source holds so many lines, each of which ends with the one that was sent. */
const holds = async (name: string, expected: ReadonlyArray<string>, program?: Program) => {
  let held: ReadonlyArray<string> = []
  const all = async () => {
    held = await stored(name)
    return held.length >= expected.length
  }
  await until(`LOGS holds ${expected.length} lines`, all, {
    limitMs: 20_000,
    seen: () => `${held.length} lines\n${program?.output() ?? ""}`
  })
  assert.strictEqual(held.length, expected.length)
  for (const [i, line] of expected.entries()) assert.isTrue(held[i]!.endsWith(line), `${held[i]} is not ${line}`)
  return held
}

const sends = (name: string, title: string, run: (path: string) => Promise<void>) =>
  it.skipIf(programPath(name) === undefined)(`${name} ${title}`, { timeout: 60_000 }, () => run(programPath(name)!))

describe("through ship --syslog", () => {
  sends("logger", "by UDP, and by TCP with counted frames and without", async (logger) => {
    const port = await own.ship(["--source", source, "--syslog", ":0"], context("ship"))
    const log = own.file("access.log", text(lines))
    const to = (protocol: string, ...flags: ReadonlyArray<string>) =>
      own.run(logger, [
        ...["--server", "127.0.0.1", "--port", `${port(protocol)}`, "--tag", "nginx", "--size", "4KiB"],
        ...[...flags, "--file", log]
      ]).ended
    for (const [i, flags] of [
      ["--tcp", "--octet-count", "--rfc5424"],
      ["--tcp", "--rfc3164"]
    ].entries()) {
      await to("tcp", ...flags)
      await holds(source, Array.from({ length: i + 1 }, () => lines).flat())
    }
    await to("udp", "--udp", "--rfc5424")
    await holds(source, [...lines, ...lines, ...lines])
  })

  sends("nginx", "by access_log syslog:server=", async (nginx) => {
    const port = await own.ship(["--source", source, "--syslog", ":0"], context("ship"))
    const web = await freePort()
    const configuration = own.file(
      "nginx.conf",
      `daemon off; master_process off; pid ${own.folder}/pid; error_log ${own.folder}/error.log;
events {}
http {
  access_log syslog:server=127.0.0.1:${port("udp")},tag=web combined;
  client_body_temp_path ${own.folder}; proxy_temp_path ${own.folder}; fastcgi_temp_path ${own.folder};
  uwsgi_temp_path ${own.folder}; scgi_temp_path ${own.folder};
  server { listen 127.0.0.1:${web}; location / { return 404; } }
}
`
    )
    const program = own.run(nginx, ["-e", `${own.folder}/error.log`, "-c", configuration])
    await until("nginx answers", () => answers(web), { seen: program.output })
    await until("it is logged", async () => (await stored(source)).length > 0)
    const [first] = await stored(source)
    assert.match(
      first!,
      /^<190>\w{3} [ \d]\d [\d:]{8} \S+ web: 127\.0\.0\.1 - - \[.*\] "GET \/ HTTP\/1\.1" 404 \d+ "-" "/
    )
  })

  sends("haproxy", "by log", async (haproxy) => {
    const port = await own.ship(["--source", source, "--syslog", ":0"], context("ship"))
    const web = await freePort()
    const configuration = own.file(
      "haproxy.cfg",
      `global
  log 127.0.0.1:${port("udp")} local0
defaults
  mode http
  log global
  option httplog
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend web
  bind 127.0.0.1:${web}
  http-request return status 404
`
    )
    const program = own.run(haproxy, ["-f", configuration])
    await until("HAProxy answers", () => answers(web), { seen: program.output })
    const isLogged = async () => (await stored(source)).find((line) => line.includes("GET / HTTP/1.1"))
    assert.match(await until("it is logged", isLogged), /^<134>.* haproxy\[\d+\]: 127\.0\.0\.1:\d+ \[.*\] web /)
  })

  sends("rsyslogd", "from a file, with counted frames and from a queue on disk", async (rsyslogd) => {
    const port = await own.ship(["--source", source, "--syslog", "tcp://:0"], context("ship"))
    const log = own.file("access.log", "")
    const configuration = own.file(
      "rsyslog.conf",
      `global(workDirectory="${own.folder}" maxMessageSize="64k")
module(load="imfile")
input(type="imfile" file="${log}" tag="nginx" ruleset="ship")
ruleset(name="ship") {
  action(type="omfwd" target="127.0.0.1" port="${port("tcp")}" protocol="tcp" tcp_framing="octet-counted"
    template="RSYSLOG_SyslogProtocol23Format" action.resumeRetryCount="-1"
    queue.type="linkedList" queue.filename="ship" queue.saveOnShutdown="on")
}
`
    )
    const program = own.run(rsyslogd, ["-n", "-f", configuration, "-i", join(own.folder, "pid")])
    appendFileSync(log, text(lines))
    await holds(source, lines, program)
  })

  sends("syslog-ng", "from a file, by the network driver", async (syslogNg) => {
    const port = await own.ship(["--source", source, "--syslog", "tcp://:0"], context("ship"))
    const log = own.file("access.log", text(lines))
    const configuration = own.file(
      "syslog-ng.conf",
      `@version: 3.35
source files { file("${log}" flags(no-parse) program-override("nginx") follow-freq(1)); };
destination ship { syslog("127.0.0.1" transport("tcp") port(${port("tcp")})); };
log { source(files); destination(ship); };
`
    )
    const program = own.run(syslogNg, [
      ...["--foreground", "--no-caps", "--cfgfile", configuration, "--persist-file", join(own.folder, "persist")],
      ...["--control", join(own.folder, "control"), "--pidfile", join(own.folder, "pid")]
    ])
    await holds(source, lines, program)
  })
})

describe("through ship --http", () => {
  const token = "9f2c4be1a07d53862a1c"
  const takes = async () => {
    const port = await own.ship(["--source", source, "--http", ":0"], {
      ...context("ship"),
      CHAUSSETTES_SHIP_TOKEN: token
    })
    return port("http")
  }

  sends("otelcol", "by OTLP, in protobuf packed with gzip and in JSON", async (otelcol) => {
    const port = await takes()
    for (const [i, encoding] of (["proto", "json"] as const).entries()) {
      const log = own.file(`${encoding}.log`, text(lines.slice(i * 150, (i + 1) * 150)))
      const configuration = own.file(
        `${encoding}.yaml`,
        `receivers:
  file_log:
    include: ["${log}"]
    start_at: beginning
exporters:
  otlp_http:
    endpoint: http://127.0.0.1:${port}
    encoding: ${encoding}
    sending_queue: { num_consumers: 1 }
    headers: { authorization: "Bearer ${token}" }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { logs: { receivers: [file_log], exporters: [otlp_http] } }
`
      )
      const program = own.run(otelcol, ["--config", configuration])
      await holds(source, lines.slice(0, (i + 1) * 150), program)
      await program.stop()
    }
  })

  sends("benthos", "by http_client, lines in one body", async (benthos) => {
    const port = await takes()
    const log = own.file("access.log", text(lines))
    const configuration = own.file(
      "benthos.yaml",
      `http: { enabled: false }
input: { file: { paths: ["${log}"], scanner: { lines: {} } } }
output:
  http_client:
    url: http://127.0.0.1:${port}/
    verb: POST
    headers: { Authorization: "Bearer ${token}" }
    max_in_flight: 1
    batch_as_multipart: false
    batching: { count: 100, period: 100ms, processors: [ { archive: { format: lines } } ] }
`
    )
    const program = own.run(benthos, ["-c", configuration])
    await holds(source, lines, program)
  })
})

describe("by JetStream itself, as a user of one source", () => {
  sends("telegraf", "by its output nats", async (telegraf) => {
    const log = own.file("access.log", text(lines))
    const configuration = own.file(
      "telegraf.conf",
      `[agent]
  interval = "200ms"
  flush_interval = "200ms"
  omit_hostname = true
[[inputs.tail]]
  files = ["${log}"]
  initial_read_offset = "beginning"
  data_format = "value"
  data_type = "string"
[[outputs.nats]]
  servers = ["${server.url}"]
  username = "telegraf"
  password = "${passwords.get("telegraf")}"
  subject = "logs.telegraf"
  data_format = "template"
  template = '{{ .Field "value" }}'
  [outputs.nats.jetstream]
    name = "LOGS"
    disable_stream_creation = true
`
    )
    const program = own.run(telegraf, ["--config", configuration])
    await holds("telegraf", lines, program)
  })
})

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    ({ status }) => status === 404,
    () => false
  )
