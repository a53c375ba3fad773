import type { OnWaiting } from "@chaussettes/jetstream"
import { Clock, Effect } from "effect"

/** The same reason is said again after so long. */
const againMs = 30_000

/** Says in the log what a part waits for at its start, once a reason, and from time to time that it still does. */
export const sayWaiting = (): OnWaiting => {
  let [said, saidMs] = ["", 0]
  return ({ what, why }) =>
    Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      const words = `Waiting for ${what}: ${why}. Trying again until it answers.`
      if (words === said && nowMs - saidMs < againMs) return
      ;[said, saidMs] = [words, nowMs]
      yield* Effect.logWarning(words)
    })
}

/** How a service connects: it may be started before its server, and waits for it. */
export const serviceWaits = () => ({ waitMs: Number.POSITIVE_INFINITY, onWaiting: sayWaiting() })
