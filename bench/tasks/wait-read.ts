/** Waits until the detector has read all that LOGS holds: `wait-read.ts <url>`. */
import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"

const connection = await connect({ servers: process.argv[2]! })
const manager = await jetstreamManager(connection)
const behind = async () => {
  const { num_pending: pending, num_ack_pending: unacknowledged } = await manager.consumers.info("LOGS", "detector")
  return pending + unacknowledged
}
while ((await behind()) > 0) await new Promise((resolve) => setTimeout(resolve, 100))
await connection.close()
console.log("{}")
