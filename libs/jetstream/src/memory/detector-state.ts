import { decodeCheckpoint, decodeTally } from "@chaussettes/domain/wire"
import { Effect, Layer, Result } from "effect"
import { Outdated, Refused } from "../errors.ts"
import { damagedLease, leaseText, readLeaseText } from "../kv/lease.ts"
import { type CheckpointRead, DetectorState } from "../ports/detector-state.ts"
import type { LeaseState } from "../ports/lease-store.ts"
import { MemoryClient, MemoryServer } from "./server.ts"
import { kvOperationHeader } from "./stream.ts"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const layerDetectorStateMemory = Layer.effect(
  DetectorState,
  Effect.gen(function* () {
    const server = yield* MemoryServer
    const client = yield* MemoryClient
    const stream = server.stream("KV_detector")
    const operation = (kind: "read" | "write", name: string) =>
      ({ client, kind, name, stream: "KV_detector", parts: 1 }) as const
    const messageAt = (key: string) => {
      const message = stream.lastOf(key)
      return message === undefined || message.headers[kvOperationHeader] !== undefined ? undefined : message
    }

    return DetectorState.of({
      readCheckpoint: server.call(operation("read", "readCheckpoint"), () =>
        Effect.sync((): CheckpointRead => {
          const message = messageAt("checkpoint")
          if (message === undefined) return { _tag: "Missing" }
          const read = decodeCheckpoint(decoder.decode(message.data))
          return Result.isSuccess(read)
            ? { _tag: "Found", checkpoint: read.success }
            : { _tag: "Damaged", why: read.failure.why }
        })
      ),
      writeCheckpoint: (checkpoint) =>
        server.call(operation("write", "writeCheckpoint"), (nowMs) =>
          Effect.sync(() => {
            stream.append({ subject: "checkpoint", data: encoder.encode(JSON.stringify(checkpoint)) }, nowMs)
          })
        ),
      readTally: server.call(operation("read", "readTally"), () =>
        Effect.sync(() => {
          const message = messageAt("tally")
          return message === undefined ? undefined : Result.getOrUndefined(decodeTally(decoder.decode(message.data)))
        })
      ),
      writeTally: (tally) =>
        server.call(operation("write", "writeTally"), (nowMs) =>
          Effect.sync(() => {
            stream.append({ subject: "tally", data: encoder.encode(JSON.stringify(tally)) }, nowMs)
          })
        ),
      readLease: server.call(operation("read", "readLease"), () =>
        Effect.suspend((): Effect.Effect<LeaseState | undefined, Refused> => {
          const message = messageAt("lease")
          if (message === undefined) return Effect.succeed(undefined)
          const lease = readLeaseText(decoder.decode(message.data))
          return lease === undefined
            ? Effect.fail(new Refused(damagedLease("detector", "lease")))
            : Effect.succeed({ ...lease, renewedMs: message.storedMs, revision: message.seq })
        })
      ),
      writeLease: (lease, expectedRevision) =>
        server.call(operation("write", "writeLease"), (nowMs) =>
          Effect.suspend((): Effect.Effect<LeaseState, Outdated> => {
            const deleted = messageAt("lease") === undefined ? stream.lastOf("lease")?.seq : undefined
            const lastSubjectSeq = expectedRevision === 0 ? (deleted ?? 0) : expectedRevision
            const data = encoder.encode(leaseText(lease))
            const answer = stream.append({ subject: "lease", data }, nowMs, { lastSubjectSeq })
            return answer._tag === "WrongLast"
              ? Effect.fail(new Outdated({ stream: "KV_detector", expectedSeq: expectedRevision }))
              : Effect.succeed({ ...lease, renewedMs: nowMs, revision: answer.seq })
          })
        ),
      // Services are between connections, of which there are none here.
      askReady: Effect.succeed([])
    })
  })
)
