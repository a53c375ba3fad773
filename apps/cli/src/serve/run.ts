import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { failed, reasonOf, type UserFailure } from "@chaussettes/service"
import { Deferred, Effect, Option } from "effect"
import { restartAfterFullDisk, saysDiskWasFull } from "../start/full-disk.ts"
import { supervise } from "../start/part.ts"
import { findServer } from "../start/server/server.ts"
import type { ServeInput } from "./flags.ts"

/** A server that writes what it holds takes its time; systemd waits a little longer (`TimeoutStopSec`). */
const endMs = 25_000
/** More than any start says; the journal has a limit of its own. */
const shownASecond = 1_000

const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** Runs a server until it is interrupted. What it says goes on to stderr, and so to the journal. */
export const serve = ({ natsConfig, store, serverBin }: ServeInput): Effect.Effect<void, UserFailure> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { path } = yield* findServer({ named: Option.getOrUndefined(serverBin), say })
      yield* Effect.try({
        try: () => mkdirSync(store, { recursive: true, mode: 0o700 }),
        catch: (error) => failed(`Cannot make ${store}: ${reasonOf(error)}.`, error)
      })
      const failure = yield* Deferred.make<never, UserFailure>()
      /** The last process of the server that has met a full disk. */
      let metFullDisk: number | undefined
      const server = yield* supervise(
        {
          name: "nats-server",
          command: path,
          args: ["--config", natsConfig, "--store_dir", store],
          env: process.env,
          logFile: join(store, "nats-server.log"),
          show: (line) => {
            const pid = server.pid()
            if (pid !== undefined && saysDiskWasFull(line, pid)) metFullDisk = pid
            return line
          },
          shownASecond,
          endMs,
          wrongUsageCode: undefined
        },
        say,
        (error) => Effect.asVoid(Deferred.fail(failure, error))
      )
      const watching = restartAfterFullDisk({
        server,
        hasMetFullDisk: (pid) => pid === metFullDisk,
        storeFolder: store,
        say
      })
      return yield* Effect.raceFirst(watching, Deferred.await(failure))
    })
  )
