/** Deletes what the detector has written: `forget.ts <url>`. */
import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"

const connection = await connect({ servers: process.argv[2]! })
const manager = await jetstreamManager(connection)
for (const stream of ["WINDOWS", "ALERTS", "REJECTS", "KV_detector"])
  await manager.streams.delete(stream).catch(() => false)
await manager.consumers.delete("LOGS", "detector").catch(() => false)
await connection.close()
console.log("{}")
