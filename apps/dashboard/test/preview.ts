import { Effect, Layer } from "effect"
import { serveDashboard } from "../src/http/serve.ts"
import { loadAssets } from "../src/http/static.ts"
import { appendAlert, appendRecord, checkpointOf, detect, feedOf, makeServer, store, trafficOf } from "./fixture.ts"

/*
 * The page over made-up traffic in memory, to look at while working on it:
 *   npx vite build -c apps/dashboard/web/vite.config.ts && npx node apps/dashboard/test/preview.ts [port]
 * Two hours are there at once, with incidents in them; then a window is decided every ten seconds.
 */
const port = Number(process.argv[2] ?? 8080)
const calm = process.argv.includes("--calm")
const windowMs = 10_000
const toMs = Math.floor(Date.now() / windowMs) * windowMs
const fromMs = toMs - 2 * 3_600_000
const minutes = (n: number) => toMs - n * 60_000

const messages = trafficOf({
  fromMs,
  toMs: toMs + 3_600_000,
  perSecond: 12,
  planted: [
    { kind: "ip", fromMs: minutes(100), toMs: minutes(94) },
    { kind: "url", fromMs: minutes(41), toMs: minutes(37) },
    { kind: "global", fromMs: minutes(24), toMs: minutes(21) },
    ...(calm ? [] : [{ kind: "ip" as const, fromMs: minutes(4), toMs: toMs + 60_000_000 }])
  ],
  extra: ["not a line", "GET <script>alert(1)</script> \u001b[31m \u202egpj.exe", "203.0.113.9 - - [what"]
})
const all = detect(messages)
const before = all.records.filter((r) => Date.parse(r.end) <= toMs)
const later = all.records.slice(before.length)

const program = Effect.gen(function* () {
  const server = yield* makeServer
  const done = {
    records: before,
    alerts: all.alerts.filter((a) => Date.parse(a.window.end) <= toMs),
    rejects: all.rejects
  }
  store(
    server,
    messages.filter((m) => m.storedMs <= toMs),
    done,
    toMs
  )
  const encode = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value))
  for (const [key, value] of [
    ["global", "0.1"],
    ["ip", "0.3"],
    ["url", "0.5"]
  ] as const) {
    server.stream("KV_seuils").append({ subject: key, data: encode(value) }, toMs - 3_600_000)
  }
  server.stream("KV_seuils").append(
    {
      subject: "metadata",
      data: encode({
        method: "calibrated",
        calculated_at: new Date(toMs - 3_600_000).toISOString().replace(/\.\d+/, "")
      })
    },
    toMs
  )
  const beat = () => {
    const now = Date.now()
    server.stream("KV_detector").append({ subject: "checkpoint", data: encode(checkpointOf(done.records, now)) }, now)
    server
      .stream("KV_detector")
      .append({ subject: "lease", data: encode({ holder: "shop-1/4711", generation: 3 }) }, now)
    while (later.length > 0 && Date.parse(later[0]!.end) + 5_000 <= now) {
      const record = later.shift()!
      appendRecord(server, record, now)
      for (const alert of all.alerts) if (alert.window.start === record.start) appendAlert(server, alert, now)
    }
    for (let m = messages[server.stream("LOGS").lastSeq]; m !== undefined && m.storedMs <= now; ) {
      server.stream("LOGS").append({ subject: `logs.${m.source}`, data: m.bytes }, m.storedMs)
      m = messages[server.stream("LOGS").lastSeq]
    }
  }
  beat()
  setInterval(beat, 1_000)
  const assets = yield* loadAssets({ pathPrefix: "" })
  console.log(`http://127.0.0.1:${port}`)
  return yield* Layer.launch(
    serveDashboard({
      access: { _tag: "Open" },
      allowedHosts: [],
      pathPrefix: "",
      assets,
      host: "127.0.0.1",
      port
    }).pipe(Layer.provide(feedOf(server)))
  )
})

await Effect.runPromise(program)
