/**
 * Publishes what `replay` would send and nothing else: `publish.ts <url> <file>`. Payloads are cut as replay cuts them, beforehand; what is
 * measured is sending them and counting their acknowledgements.
 */
import { readFileSync } from "node:fs"
import { connect, createInbox } from "@nats-io/transport-node"

const [url, file] = [process.argv[2]!, process.argv[3]!]
const payloadBytes = 128 * 1024
const inFlight = 64

const bytes = readFileSync(file)
const payloads: Array<Uint8Array> = []
for (let at = 0; at < bytes.length; ) {
  let end = Math.min(bytes.length, at + payloadBytes)
  if (end < bytes.length) end = bytes.lastIndexOf(10, end) + 1
  payloads.push(bytes.subarray(at, end))
  at = end
}

const connection = await connect({ servers: url })
const inbox = createInbox()
const startedMs = performance.now()
await new Promise<void>((resolve, reject) => {
  let [sent, acknowledged] = [0, 0]
  const send = () => {
    while (sent < payloads.length && sent - acknowledged < inFlight) {
      connection.publish("logs.bench", payloads[sent]!, { reply: `${inbox}.${sent++}` })
    }
  }
  connection.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error !== null || message.string().includes('"error"')) return reject(error ?? new Error(message.string()))
      if (++acknowledged === payloads.length) resolve()
      else send()
    }
  })
  send()
})
console.log(JSON.stringify({ count: payloads.length, ms: performance.now() - startedMs }))
await connection.close()
