/**
 * Publishes what `replay` would send and nothing else: `publish.ts <url> <file>`. Payloads are cut as replay cuts them, beforehand; what is
 * measured is sending them and counting their acknowledgements.
 */
import { readFileSync } from "node:fs"
import { writing } from "@chaussettes/jetstream"
import { connect, createInbox } from "@nats-io/transport-node"
import { LinePacker, packerLimits } from "../../apps/generator/src/lines/packer.ts"

const [url, file] = [process.argv[2]!, process.argv[3]!]
/** As much as replay has under way. */
const inFlight = Math.floor(writing.maxBytes / (64 * 1024))

const payloads: Array<Uint8Array> = []
const packer = new LinePacker(packerLimits, { offset: 0, line: 0 }, ({ payload }) => payloads.push(payload))
packer.push(readFileSync(file))
packer.end()

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
