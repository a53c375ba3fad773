import { connect, headers, type NatsConnection } from "@nats-io/transport-node"

/* What a shipper may send that does not mean well. It holds the credentials of one source and nothing else. */

const mib = 1024 * 1024
const bytes = (text: string) => new TextEncoder().encode(text)
const line = (atMs: number, client = "203.0.113.9", path = "/", status = 200) => {
  const iso = new Date(atMs).toUTCString().split(" ")
  return `${client} - - [${iso[1]}/${iso[2]}/${iso[3]}:${iso[4]} +0000] "GET ${path} HTTP/1.1" ${status} 7`
}

/** A generator of numbers that repeats itself. */
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

const randomBytes = (length: number, seed: number): Uint8Array => {
  const next = random(seed)
  return Uint8Array.from({ length }, () => Math.floor(next() * 256))
}

export interface Payload {
  readonly data: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  /** The first line of its headers, where the server writes what became of a pull. */
  readonly status?: readonly [code: number, description: string]
  /** A subject below the shipper's own source, where it is allowed. */
  readonly below?: string
}

/** What the server says of a pull in a message of its own: that it is over, broken, or that nothing came. */
const statuses: ReadonlyArray<readonly [code: number, description: string]> = [
  [100, "Idle Heartbeat"],
  [100, "FlowControl Request"],
  [204, "EOB"],
  [400, "Bad Request"],
  [404, "No Messages"],
  [408, "Request Timeout"],
  [409, "Batch Completed"],
  [409, "Message Size Exceeds MaxBytes"],
  [409, "Consumer Deleted"],
  [409, "Leadership Change"],
  [409, "Server Shutdown"],
  [503, "No Responders Available For Request"]
]

/** Failing requests of a client, each in a message that has one of those statuses. */
export const inStatuses = (nowMs: number, client: string): ReadonlyArray<Payload> =>
  statuses.map((status) => ({
    data: bytes(line(nowMs, client, "/", 500)),
    headers: { "Nats-Last-Stream": "999999999", "Nats-Last-Consumer": "999999999", "Nats-Pending-Messages": "0" },
    status
  }))

/** Every kind of attack by its name. `nowMs` is the time at which it is sent. */
export const attacks: { readonly [name: string]: (nowMs: number) => ReadonlyArray<Payload> } = {
  "random bytes": () => Array.from({ length: 40 }, (_, i) => ({ data: randomBytes(10_000, i + 1) })),
  "a line of a megabyte": (nowMs) => [
    { data: bytes("x".repeat(mib - 1024)) },
    { data: bytes(line(nowMs, "203.0.113.9", `/${"a".repeat(mib - 2048)}`)) },
    { data: bytes(`${line(nowMs).slice(0, 30)}${" ".repeat(mib - 1024)}`) }
  ],
  "a hundred thousand lines in a message": (nowMs) => [
    { data: bytes("x\n".repeat(100_000)) },
    { data: bytes("\n".repeat(mib - 1024)) },
    { data: bytes("\r\n".repeat(100_000)) },
    { data: bytes(`${line(nowMs)}\n`.repeat(10_000)) }
  ],
  "control bytes and invalid UTF-8": (nowMs) => [
    { data: bytes(line(nowMs, "203.0.113.9", "/\u0000\u001b[2J\u001b]0;owned\u0007")) },
    { data: bytes(line(nowMs, "203.0.113.9", "/%0a\u202ehtml.<script>alert(1)</script>", 500)) },
    { data: Uint8Array.from([...bytes(line(nowMs, "203.0.113.9", "/x").slice(0, -8)), 0xc3, 0x28, 0xff, 0xfe]) },
    { data: Uint8Array.from([0xff, 0xfe, 0xfd, 0x0a, 0xc0, 0x80, 0x0a]) }
  ],
  "bombs of JSON": () => [
    { data: bytes("[".repeat(mib - 1024)) },
    { data: bytes(`${"[".repeat(400_000)}${"]".repeat(400_000)}`) },
    { data: bytes(`${'{"message":'.repeat(80_000)}""${"}".repeat(80_000)}`) },
    { data: bytes(`[0,{"log":"${"\\n".repeat(400_000)}"}]`) },
    { data: bytes(`[${"1,".repeat(400_000)}1]`) },
    { data: bytes(`{"message":${"9".repeat(500_000)}}`) },
    { data: bytes('{"__proto__":{"message":"x"},"constructor":{"prototype":{"log":1}}}') }
  ],
  "times far ahead and far behind": (nowMs) => [
    { data: bytes(line(nowMs + 86_400_000 * 365)) },
    { data: bytes(line(nowMs + 290_000)) },
    { data: bytes(line(0)) },
    { data: bytes('203.0.113.9 - - [01/Jan/0001:00:00:00 +0000] "GET / HTTP/1.1" 200 7') },
    { data: bytes('203.0.113.9 - - [31/Dec/9999:23:59:59 -9999] "GET / HTTP/1.1" 200 7') }
  ],
  "punctuation from the future, from the past, and no time at all": (nowMs) =>
    [
      new Date(nowMs + 86_400_000).toISOString(),
      new Date(nowMs + 290_000).toISOString(),
      new Date(0).toISOString(),
      "9999-12-31T23:59:59Z",
      "end",
      "never",
      "x".repeat(1_000)
    ].map((watermark) => ({ data: new Uint8Array(), headers: { "Chaussettes-Watermark": watermark } })),
  "floods of headers": (nowMs) => [
    { data: bytes(line(nowMs)), headers: Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`X-${i}`, "y"])) },
    { data: bytes(line(nowMs)), headers: { "X-Long": "y".repeat(900_000) } },
    { data: bytes(line(nowMs)), headers: { "Nats-Rollup": "all" } },
    { data: bytes(line(nowMs)), headers: { "Nats-Expected-Last-Sequence": "0" } },
    { data: bytes(line(nowMs)), headers: { "Nats-TTL": "1s" } },
    { data: bytes(line(nowMs)), headers: { "Nats-Schedule": "@every 1s", "Nats-Schedule-Target": "alerts.ip.high" } },
    { data: bytes(line(nowMs)), headers: { "Nats-Batch-Id": "b", "Nats-Batch-Sequence": "1" } },
    { data: bytes(line(nowMs)), headers: { "Chaussettes-Epoch": "999999" } }
  ],
  "statuses of the server's, with a line and without": (nowMs) =>
    inStatuses(nowMs, "203.0.113.9").flatMap((payload) => [payload, { ...payload, data: new Uint8Array() }]),
  "statuses that are no numbers": (nowMs) =>
    [
      "099",
      "600",
      "-1",
      "0x1F4",
      "5e2",
      "5_0_0",
      "\u0665\u0660\u0660",
      "500\u0000",
      "NaN",
      "__proto__",
      "9".repeat(10_000)
    ].map((status) => ({ data: bytes(line(nowMs).replace(" 200 7", ` ${status} 7`)) })),
  // Which keys share a bucket hangs on a seed that each process draws: many similar keys are the most that can be aimed.
  "many similar keys": (nowMs) =>
    Array.from({ length: 20 }, (_, m) => ({
      data: bytes(
        Array.from({ length: 2_000 }, (_, i) => {
          const n = m * 2_000 + i
          return line(nowMs, `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`, `/${"a".repeat(n % 7)}${n}`, 500)
        }).join("\n")
      )
    })),
  "a thousand sources and more": (nowMs) =>
    Array.from({ length: 1_200 }, (_, i) => ({
      data: bytes(line(nowMs - 3_600_000)),
      below: `${i}-${"s".repeat(200)}`
    }))
}

export { line as accessLine }

export const connectAs = (url: string, user: string, pass: string): Promise<NatsConnection> =>
  connect({ servers: url, user, pass, inboxPrefix: `_INBOX_${user}`, reconnect: false })

export const send = (nc: NatsConnection, subject: string, { data, headers: given, status, below }: Payload): void => {
  const to = below === undefined ? subject : `${subject}.${below}`
  if (given === undefined) {
    nc.publish(to, data)
    return
  }
  const h = status === undefined ? headers() : headers(...status)
  for (const [name, value] of Object.entries(given)) h.set(name, value)
  nc.publish(to, data, { headers: h })
}
