/**
 * Sends lines at a rate for some seconds, in their own time: `latency.ts <url> <lines a second> <seconds> <distinct clients a minute>`. Then tells from
 * the server's own times how long it took from storing the line that moved the watermark to storing each alert, and how long one
 * acknowledged publish takes.
 */
import { type WindowRecord, watermarkHeader } from "@chaussettes/domain"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect, headers } from "@nats-io/transport-node"

const [url, rate, seconds, clientsAMinute] = [
  process.argv[2]!,
  Number(process.argv[3]),
  Number(process.argv[4]),
  Number(process.argv[5])
]
/** A line waits no longer than this for others. */
const stepMs = rate <= 2_000 ? 1 : 10

const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const two = (n: number) => `${n}`.padStart(2, "0")
const timeOf = (ms: number) => {
  const t = new Date(ms)
  return `${two(t.getUTCDate())}/${monthNames[t.getUTCMonth()]}/${t.getUTCFullYear()}:${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`
}
let line = 0
const lineOf = (time: string) => {
  const n = line++
  const client = n % 10 === 0 ? "10.0.0.1" : `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
  const ip = clientsAMinute > 0 ? client : `10.0.0.${n % 100}`
  return `${ip} - - [${time} +0000] "GET /${n % 50} HTTP/1.1" ${n % 2 === 0 ? 500 : 200} 12\n`
}

const connection = await connect({ servers: url })
const js = jetstream(connection)
const manager = await jetstreamManager(connection)
const startedMs = performance.now()
const encoder = new TextEncoder()
let sent = 0
while (performance.now() - startedMs < seconds * 1000) {
  const due = Math.floor(((performance.now() - startedMs) / 1000) * rate)
  if (due > sent) {
    const time = timeOf(Date.now())
    while (sent < due) {
      let text = ""
      for (let i = 0; i < 500 && sent < due; i++, sent++) text += lineOf(time)
      connection.publish("logs.bench", encoder.encode(text))
    }
  }
  await new Promise((resolve) => setTimeout(resolve, stepMs))
}
await connection.flush()
const end = headers()
end.set(watermarkHeader, "end")
await js.publish("logs.bench", new Uint8Array(0), { headers: end })

const timestampMs = (timestamp: string): number => {
  const [whole, fraction] = timestamp.replace("Z", "").split(".")
  return Date.parse(`${whole}Z`) + Number(`0.${fraction ?? 0}`) * 1000
}
const decidedAll = async () => (await manager.consumers.info("LOGS", "detector")).delivered.stream_seq
const { last_seq: lastSeq } = (await manager.streams.info("LOGS")).state
while ((await decidedAll()) < lastSeq) await new Promise((resolve) => setTimeout(resolve, 100))
await new Promise((resolve) => setTimeout(resolve, 1_000))

const latencies: Array<number> = []
const records = new Map<string, number>()
const windows = (await manager.streams.info("WINDOWS")).state
for (let seq = windows.first_seq; seq <= windows.last_seq; seq++) {
  const record = JSON.parse((await manager.streams.getMessage("WINDOWS", { seq }))!.string()) as WindowRecord
  if (record.closed_by !== "watermark") continue
  records.set(
    record.start,
    timestampMs((await manager.streams.getMessage("LOGS", { seq: record.through_seq }))!.timestamp)
  )
}
const alerts = (await manager.streams.info("ALERTS")).state
for (let seq = alerts.first_seq; seq <= alerts.last_seq && seq > 0; seq++) {
  const message = (await manager.streams.getMessage("ALERTS", { seq }))!
  const from = records.get((JSON.parse(message.string()) as { window: { start: string } }).window.start)
  if (from !== undefined) latencies.push(timestampMs(message.timestamp) - from)
}

const publishes: Array<number> = []
for (let i = 0; i < 500; i++) {
  const from = performance.now()
  await js.publish("rejects.bench", new Uint8Array(300))
  publishes.push(performance.now() - from)
}
console.log(JSON.stringify({ latencies, publishes, sent }))
await connection.close()
