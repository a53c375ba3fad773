import { Effect, Layer } from "effect"
import { NotifyPositions } from "../ports/notify-positions.ts"
import { MemoryClient, MemoryServer } from "./server.ts"
import { kvOperationHeader } from "./stream.ts"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const layerNotifyPositionsMemory = Layer.effect(
  NotifyPositions,
  Effect.gen(function* () {
    const server = yield* MemoryServer
    const client = yield* MemoryClient
    const stream = server.stream("KV_notify")
    const operation = (kind: "read" | "write") =>
      ({ client, kind, name: `${kind}Position`, stream: "KV_notify", parts: 1 }) as const
    return NotifyPositions.of({
      read: (key) =>
        server.call(operation("read"), () =>
          Effect.sync(() => {
            const message = stream.lastOf(key)
            const held = message !== undefined && message.headers[kvOperationHeader] === undefined
            return held ? decoder.decode(message.data) : undefined
          })
        ),
      write: (key, text) =>
        server.call(operation("write"), (nowMs) =>
          Effect.sync(() => void stream.append({ subject: key, data: encoder.encode(text) }, nowMs))
        )
    })
  })
)
