import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import { statfs } from "node:fs/promises"
import { backoff } from "@chaussettes/jetstream"
import { Effect } from "effect"
import type { Part } from "./part.ts"

/** What the server says of a write that met a full disk, or a full quota. */
const fullDisk = /no space left on device|disk quota exceeded/

/** So much of the log's end is looked at: each try to write says it again. */
const lookedAtBytes = 64 * 1024

/** Whether a server of this process, and none before it, has said at the log's end that its disk was full. */
export const saysDiskWasFull = (logEnd: string, pid: number): boolean =>
  logEnd.split("\n").some((line) => line.startsWith(`[${pid}] `) && fullDisk.test(line))

/** Room to go on with: a part of the disk, and on a large one no more than this. */
const enoughShare = 0.05
const enoughBytes = 64 * 2 ** 20

export const hasRoom = (disk: { readonly freeBytes: number; readonly totalBytes: number }): boolean =>
  disk.freeBytes >= Math.min(enoughBytes, disk.totalBytes * enoughShare)

/** The end of a server's log. */
export const logEndOf = (path: string): string => {
  try {
    const file = openSync(path, "r")
    try {
      const { size } = fstatSync(file)
      const bytes = Buffer.alloc(Math.min(size, lookedAtBytes))
      return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, size - bytes.length))
    } finally {
      closeSync(file)
    }
  } catch {
    return ""
  }
}

const diskOf = (folder: string) =>
  Effect.tryPromise(() => statfs(folder)).pipe(
    Effect.map(({ bavail, blocks, bsize }) => ({ freeBytes: bavail * bsize, totalBytes: blocks * bsize })),
    Effect.orElseSucceed(() => ({ freeBytes: 0, totalBytes: 1 }))
  )

const lookEvery = "2 seconds"
/** Between two restarts, longer each time: where a quota is full, room on the disk says nothing. */
const firstPauseMs = 10_000
const longestPauseMs = 300_000

/**
 * nats-server goes on refusing a stream of which a write has failed, also when the disk has room again: it is started again then. Never ends.
 */
export const restartAfterFullDisk = (options: {
  readonly server: Part
  /** Whether this process of the server has said that its disk was full. */
  readonly hasMetFullDisk: (pid: number) => boolean
  readonly storeFolder: string
  readonly say: (text: string) => void
}): Effect.Effect<never> =>
  Effect.gen(function* () {
    const { server, hasMetFullDisk, storeFolder, say } = options
    const isTime = Effect.suspend(() => {
      const pid = server.pid()
      return pid !== undefined && hasMetFullDisk(pid) ? Effect.map(diskOf(storeFolder), hasRoom) : Effect.succeed(false)
    })
    const restart = Effect.gen(function* () {
      yield* Effect.repeat(Effect.delay(isTime, lookEvery), { until: (is) => is })
      say(
        "nats-server stopped accepting writes because the disk was full; the disk has room again: restarting nats-server"
      )
      yield* server.restart
    })
    yield* Effect.repeat(restart, backoff(firstPauseMs, longestPauseMs))
    return yield* Effect.never
  })
