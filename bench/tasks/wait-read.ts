/** Waits until all that LOGS holds was delivered to the detector: `wait-read.ts <url>`. */
import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"

const connection = await connect({ servers: process.argv[2]! })
const manager = await jetstreamManager(connection)
while ((await manager.consumers.info("LOGS", "detector")).num_pending > 0) {
  await new Promise((resolve) => setTimeout(resolve, 100))
}
await connection.close()
console.log("{}")
