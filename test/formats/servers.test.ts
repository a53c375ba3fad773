import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, request, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { until } from "@chaussettes/testing"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { readText } from "../../libs/domain/test/format/read.ts"

/* Real servers write their logs, and what is read of them is what was asked. */

/** What is asked, and what the log must say of it. */
const asked = [
  { path: "/a", status: 200, agent: "curl/8.0" },
  { path: "/missing?x=1", status: 404, agent: 'a "quoted" agent \\ with [10/Oct/2026:13:55:36 +0000] in it' },
  { path: "/a", status: 200, agent: "{}" },
  { path: "/missing?y=%22", status: 404, agent: "-" }
] as const

const folder = mkdtempSync(join(tmpdir(), "chaussettes-servers-"))
chmodSync(folder, 0o777)
const running: Array<ChildProcess> = []
let origin: Server

const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts a program; what it prints is its log where it has no other. */
const start = (
  command: string,
  args: ReadonlyArray<string>
): { readonly stdout: () => string; stderr: () => string } => {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] })
  running.push(child)
  let [stdout, stderr] = ["", ""]
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding("latin1").on("data", (text: string) => {
    stderr += text
  })
  return { stdout: () => stdout, stderr: () => stderr }
}

const ask = (port: number, path: string, agent: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { "user-agent": agent, host: "www.example.com", connection: "close" }
    request({ host: "127.0.0.1", port, path, headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode!))
    })
      .on("error", reject)
      .end()
  })

const write = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

/** In an order of their own: a server with several workers writes two lines in either order. */
const sorted = <A extends object>(lines: ReadonlyArray<A | string>): ReadonlyArray<A | string> =>
  lines.toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)))

/** Asks for all that is to be asked, once the server listens. */
const askAll = async (port: number, prefix = ""): Promise<void> => {
  await until("the server answers", () =>
    ask(port, `${prefix}/warm`, "warm").then(
      () => true,
      () => false
    )
  )
  for (const { path, status, agent } of asked) expect(await ask(port, `${prefix}${path}`, agent)).toBe(status)
}

const linesOf = (text: string): ReadonlyArray<string> =>
  text.split("\n").filter((line) => line !== "" && !line.includes("/warm"))

const check = async (log: () => string, url: (path: string) => string = (path) => path): Promise<void> => {
  await until("the log is written", () => linesOf(log()).length >= asked.length)
  const lines = linesOf(log())
  const { lines: read } = readText(`${lines.join("\n")}\n`)
  expect(
    sorted(read.map((line) => (typeof line === "string" ? line : { ...line, time: undefined }))),
    lines.join("\n")
  ).toEqual(
    sorted(
      asked.map(({ path, status }) => ({
        client: "127.0.0.1",
        status,
        url: url(path.replace(/\?.*/, "")),
        time: undefined
      }))
    )
  )
  for (const line of read) {
    const time = typeof line === "string" ? Number.NaN : Date.parse(line.time)
    expect(Math.abs(time - Date.now())).toBeLessThan(60_000)
  }
}

const logOf = (name: string) => () => {
  const file = join(folder, name)
  return existsSync(file) ? readFileSync(file, "latin1") : ""
}

beforeAll(async () => {
  write("a", "hello")
  origin = createServer((incoming, response) => {
    response.statusCode = incoming.url!.startsWith("/missing") ? 404 : 200
    response.end("hello")
  })
  await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve))
})

// A test that is tried again finds no server of the first try in its folder.
afterEach(async () => {
  for (const child of running.splice(0)) {
    const ended = new Promise((resolve) => child.once("exit", resolve))
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM")
      await ended
    }
  }
})

afterAll(async () => {
  await new Promise((resolve) => origin.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(!existsSync("/usr/sbin/nginx"))("nginx", () => {
  const formats: ReadonlyArray<readonly [name: string, format: string, escaping?: string]> = [
    [
      "main",
      '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"'
    ],
    [
      "vhost",
      '$host:$server_port $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time $upstream_response_time'
    ],
    ["iso", '$remote_addr [$time_iso8601] $host "$request" $status $body_bytes_sent $request_time "$http_user_agent"'],
    [
      "json",
      '{"time":"$time_iso8601","remote_addr":"$remote_addr","request_method":"$request_method","request_uri":"$request_uri","status":$status,"body_bytes_sent":$body_bytes_sent,"request_time":$request_time,"http_user_agent":"$http_user_agent"}',
      "escape=json"
    ],
    [
      "jsonish",
      '{"time_local":"$time_local","remote_addr":"$remote_addr","request":"$request","status":"$status","body_bytes_sent":"$body_bytes_sent","http_user_agent":"$http_user_agent"}'
    ],
    [
      "tabs",
      "$msec\t$remote_addr\t$request_method\t$request_uri\t$status\t$bytes_sent\t$request_time\t$http_user_agent"
    ],
    [
      "ltsv",
      "time:$time_iso8601\thost:$remote_addr\tmethod:$request_method\turi:$request_uri\tstatus:$status\tsize:$body_bytes_sent\tua:$http_user_agent"
    ]
  ]

  it("is read in all of the formats that it was told", async () => {
    const port = await freePort()
    const declared = formats
      .map(([name, format, escaping]) => `log_format ${name} ${escaping ?? ""} '${format}';`)
      .join("\n")
    const logs = formats.map(([name]) => `access_log ${folder}/nginx-${name}.log ${name};`).join("\n")
    const config = write(
      "nginx.conf",
      `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/nginx-error.log;
      events {} http { ${declared}
      client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
      server { listen 127.0.0.1:${port}; root ${folder}; access_log ${folder}/nginx-combined.log combined; ${logs} } }`
    )
    start("/usr/sbin/nginx", ["-c", config, "-e", `${folder}/nginx-start.log`])
    await askAll(port)
    for (const name of ["combined", ...formats.map(([format]) => format)]) await check(logOf(`nginx-${name}.log`))
  })
})

describe.skipIf(!existsSync("/usr/sbin/apache2"))("Apache", () => {
  it("is read in all of the formats that it was told", async () => {
    const port = await freePort()
    const formats = [
      ["combined", '%h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"'],
      ["vhost", '%v:%p %h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"'],
      ["common", '%h %l %u %t \\"%r\\" %>s %b'],
      ["words", "%{%Y-%m-%dT%H:%M:%S%z}t %a %m %U %>s %B %D"]
    ] as const
    const config = write(
      "apache.conf",
      `ServerRoot ${folder}
      DefaultRuntimeDir ${folder}
      PidFile ${folder}/apache.pid
      ServerName www.example.com
      Listen 127.0.0.1:${port}
      LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
      LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
      User www-data
      ErrorLog ${folder}/apache-error.log
      DocumentRoot ${folder}
      ${formats.map(([name, format]) => `LogFormat "${format}" ${name}\n      CustomLog ${folder}/apache-${name}.log ${name}`).join("\n      ")}
      `
    )
    start("/usr/sbin/apache2", ["-f", config, "-DFOREGROUND"])
    await askAll(port)
    for (const [name] of formats) await check(logOf(`apache-${name}.log`))
  })
})

describe.skipIf(!existsSync("/usr/sbin/haproxy"))("HAProxy", () => {
  it("is read in its HTTP format", async () => {
    const port = await freePort()
    const config = write(
      "haproxy.cfg",
      `global
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout client 5s
  timeout connect 5s
  timeout server 5s
frontend web
  bind 127.0.0.1:${port}
  capture request header User-Agent len 64
  default_backend there
backend there
  server one 127.0.0.1:${(origin.address() as AddressInfo).port}
`
    )
    const haproxy = start("/usr/sbin/haproxy", ["-db", "-f", config])
    await askAll(port)
    const log = () =>
      linesOf(haproxy.stdout())
        .filter((line) => line.includes("HTTP/1.1"))
        .join("\n")
    await check(log)
  })
})

describe.skipIf(!existsSync("/usr/sbin/lighttpd"))("lighttpd", () => {
  it("is read in its own format", async () => {
    const port = await freePort()
    const config = write(
      "lighttpd.conf",
      `server.port = ${port}
server.bind = "127.0.0.1"
server.document-root = "${folder}"
server.errorlog = "${folder}/lighttpd-error.log"
server.modules = ("mod_accesslog")
accesslog.filename = "${folder}/lighttpd.log"
`
    )
    const lighttpd = start("/usr/sbin/lighttpd", ["-D", "-f", config])
    await askAll(port)
    // It writes its log when it has nothing else to do, or ends.
    running[running.length - 1]!.kill("SIGTERM")
    await check(logOf("lighttpd.log")).catch((cause) => {
      throw new Error(`${cause}\n${lighttpd.stderr()}`)
    })
  })
})

describe.skipIf(!existsSync("/usr/sbin/squid"))("Squid", () => {
  it("is read in its native format, with the host of what was asked for", async () => {
    const port = await freePort()
    const config = write(
      "squid.conf",
      `http_port 127.0.0.1:${port}
http_access allow all
cache deny all
access_log stdio:${folder}/squid.log squid
cache_log ${folder}/squid-cache.log
pid_filename ${folder}/squid.pid
coredump_dir ${folder}
netdb_filename none
shutdown_lifetime 0 seconds
buffered_logs off
`
    )
    start("/usr/sbin/squid", ["-N", "-f", config])
    const host = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`
    await askAll(port, host)
    await check(logOf("squid.log"), (path) => `${host}${path}`)
  })
})

describe.skipIf(!existsSync("/usr/sbin/varnishd"))("Varnish", () => {
  it("is read as varnishncsa writes it", async () => {
    const port = await freePort()
    const vcl = write(
      "default.vcl",
      `vcl 4.1; backend default none;
sub vcl_recv { if (req.url ~ "^/missing") { return (synth(404)); } return (synth(200)); }`
    )
    const workdir = join(folder, "varnish")
    start("/usr/sbin/varnishd", [
      "-F",
      "-n",
      workdir,
      "-a",
      `127.0.0.1:${port}`,
      "-f",
      vcl,
      "-T",
      "none",
      "-s",
      "malloc,16m"
    ])
    await until("Varnish answers", () =>
      ask(port, "/warm", "warm").then(
        () => true,
        () => false
      )
    )
    const ncsa = start("/usr/bin/varnishncsa", ["-n", workdir])
    // What was asked before it follows is not told.
    await until("varnishncsa follows", async () => {
      await ask(port, "/warm", "warm")
      return ncsa.stdout().includes("/warm")
    })
    await askAll(port)
    const host = "http://www.example.com"
    await check(ncsa.stdout, (path) => `${host}${path}`)
  })
})
