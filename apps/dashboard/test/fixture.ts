import {
  type Alert,
  alertSubject,
  batchOf,
  type Checkpoint,
  checkpointSchema,
  Detection,
  type DetectionSettings,
  defaultSettings,
  dimensionsIn,
  type LogMessage,
  rfc3339,
  thresholdsOf,
  type WindowRecord
} from "@chaussettes/domain"
import {
  layerActsLogMemory,
  layerAlertsLogMemory,
  layerDetectorStateMemory,
  layerIncidentsLogMemory,
  layerIncidentsStoreMemory,
  layerLogsReaderMemory,
  layerRejectsLogMemory,
  layerRulesStoreMemory,
  layerThresholdsStoreMemory,
  layerWindowsLogMemory,
  MemoryServer,
  type MemoryServerShape,
  makeMemoryServer
} from "@chaussettes/jetstream/memory"
import type { Names } from "@chaussettes/readmodel"
import { Health } from "@chaussettes/service"
import { type Effect, Layer } from "effect"
import { Feed } from "../src/live/feed.ts"

const encoder = new TextEncoder()
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const two = (n: number) => String(n).padStart(2, "0")

const clfTime = (ms: number): string => {
  const t = new Date(ms)
  return `${two(t.getUTCDate())}/${months[t.getUTCMonth()]}/${t.getUTCFullYear()}:${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())} +0000`
}

export const logLine = (ip: string, ms: number, url: string, status: number): string =>
  `${ip} - - [${clfTime(ms)}] "GET ${url} HTTP/1.1" ${status} 512 "-" "Mozilla/5.0 (X11; Linux x86_64)"`

/** mulberry32: small, and the same everywhere. */
export const randomOf = (seed: number) => {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface Planted {
  readonly kind: "ip" | "url" | "global"
  readonly fromMs: number
  readonly toMs: number
}

/** A shop's traffic with incidents planted in it. */
export const trafficOf = (options: {
  readonly fromMs: number
  readonly toMs: number
  readonly perSecond: number
  readonly seed?: number
  readonly planted?: ReadonlyArray<Planted>
  readonly extra?: ReadonlyArray<string>
}): ReadonlyArray<LogMessage> => {
  const random = randomOf(options.seed ?? 1)
  const messages: Array<LogMessage> = []
  let seq = 0
  for (let ms = options.fromMs; ms < options.toMs; ms += 1000) {
    const lines: Array<string> = []
    const active = (kind: Planted["kind"]) =>
      (options.planted ?? []).some((p) => p.kind === kind && ms >= p.fromMs && ms < p.toMs)
    for (let i = 0; i < options.perSecond; i++) {
      const ip = `192.168.1.${1 + Math.floor(random() ** 2 * 100)}`
      const url = random() < 0.3 ? "/api/panier" : `/produit/chaussette-${1 + Math.floor(random() ** 3 * 50)}`
      const rate = active("global") ? 0.35 : 0.03
      lines.push(logLine(ip, ms, url, random() < rate ? (random() < 0.5 ? 503 : 404) : 200))
    }
    if (active("ip")) {
      for (let i = 0; i < 3; i++) lines.push(logLine("203.0.113.66", ms, `/admin?try=${i}`, random() < 0.9 ? 403 : 200))
    }
    if (active("url")) {
      for (let i = 0; i < 3; i++) {
        lines.push(
          logLine(`192.168.1.${1 + Math.floor(random() * 100)}`, ms, "/api/commande", random() < 0.7 ? 500 : 200)
        )
      }
    }
    if (ms === options.fromMs) lines.push(...(options.extra ?? []))
    messages.push({ seq: ++seq, source: "shop", storedMs: ms + 500, bytes: encoder.encode(lines.join("\n")) })
  }
  return messages
}

export interface Detected {
  readonly records: ReadonlyArray<WindowRecord>
  readonly alerts: ReadonlyArray<Alert>
  readonly rejects: ReturnType<Detection["take"]>["rejects"]
}

/** What the detector makes of messages: its own code runs. */
export const detect = (
  messages: ReadonlyArray<LogMessage>,
  end = true,
  settings: DetectionSettings = defaultSettings
): Detected => {
  const seuils = thresholdsOf({ global: 0.1, ip: 0.3, url: 0.5 }, 3, dimensionsIn(settings.leastRequests))
  const detection = new Detection(settings, seuils, {
    origin: "logs",
    hashSeed: 7
  })
  const last = messages[messages.length - 1]!
  detection.ingest(
    batchOf(end ? [...messages, { ...last, seq: last.seq + 1, bytes: new Uint8Array(0), watermark: "end" }] : messages)
  )
  const { decisions, rejects } = detection.take()
  return { records: decisions.map((d) => d.record), alerts: decisions.flatMap((d) => d.alerts), rejects }
}

/** Puts everything where the real parts would have put it. */
export const store = (
  server: MemoryServerShape,
  messages: ReadonlyArray<LogMessage>,
  { records, alerts, rejects }: Detected,
  nowMs: number
): void => {
  for (const m of messages) server.stream("LOGS").append({ subject: `logs.${m.source}`, data: m.bytes }, m.storedMs)
  for (const record of records) appendRecord(server, record, nowMs)
  for (const alert of alerts) appendAlert(server, alert, nowMs)
  for (const reject of rejects) {
    server
      .stream("REJECTS")
      .append({ subject: `rejects.${reject.reason}`, data: encoder.encode(JSON.stringify(reject)) }, nowMs)
  }
}

export const appendRecord = (server: MemoryServerShape, record: WindowRecord, nowMs: number): void => {
  server.stream("WINDOWS").append({ subject: "windows.decided", data: encoder.encode(JSON.stringify(record)) }, nowMs)
}

export const appendAlert = (server: MemoryServerShape, alert: Alert, nowMs: number): void => {
  server.stream("ALERTS").append({ subject: alertSubject(alert), data: encoder.encode(JSON.stringify(alert)) }, nowMs)
}

export const checkpointOf = (records: ReadonlyArray<WindowRecord>, nowMs: number): Checkpoint => ({
  schema: checkpointSchema,
  resume_seq: records.at(-1)?.resume_seq ?? 1,
  highest_seq: records.at(-1)?.through_seq ?? 0,
  logs_created: rfc3339(0),
  decided_through_ms: nowMs,
  clock_ms: nowMs,
  sources: [{ name: "shop", max_event_ms: nowMs - 1_000, promised_ms: null, ended: false, last_seen_ms: nowMs - 500 }],
  windows_seq: records.length,
  alerts_seq: 0
})

/** The ports of one client of the server in memory. */
export const portsOf = (server: MemoryServerShape) =>
  Layer.mergeAll(
    layerWindowsLogMemory,
    layerActsLogMemory,
    layerAlertsLogMemory,
    layerIncidentsLogMemory,
    layerIncidentsStoreMemory,
    layerRejectsLogMemory,
    layerRulesStoreMemory,
    layerThresholdsStoreMemory,
    layerDetectorStateMemory,
    layerLogsReaderMemory
  ).pipe(Layer.provide(Layer.succeed(MemoryServer, server)))

export const feedOf = (server: MemoryServerShape, names: Names = "named") =>
  Feed.layer(names).pipe(Layer.provideMerge(portsOf(server)), Layer.provideMerge(Health.layer("nats", "history")))

export const makeServer: Effect.Effect<MemoryServerShape> = makeMemoryServer
