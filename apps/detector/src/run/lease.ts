import { hostname } from "node:os"
import { AlertsLog, DetectorState, type LeaseState, type StoreError, WindowsLog } from "@chaussettes/jetstream"
import { Clock, Deferred, Effect, type Scope } from "effect"

export interface LeaseOptions {
  /** Names this detector: `<host>/<pid>/<random>`. */
  readonly holder: string
  /** A lease that was not renewed for so long may be taken. In that time it is renewed, and looked at, three times. */
  readonly leaseMs: number
}

/** The lead. `lost` ends when somebody else has taken it, or nobody answers for so long that somebody may have. */
export interface Lead {
  readonly generation: number
  readonly lost: Effect.Effect<void>
}

/** How long the end waits for a server that does not take the lease back, as one with a full disk. */
const giveUpMs = 1_000

/**
 * Waits until this detector may lead, takes the lease and renews it for as long as the scope is open; gives it up when it closes.
 * Whether a leader lives is judged by watching its lease for `leaseMs` of our own time, so clocks need not agree. The lease only keeps
 * detectors from working against each other: that their writes exclude each other is the expected sequence's work.
 */
export const lead = (
  options: LeaseOptions,
  onStandby: (leader: string) => Effect.Effect<void>
): Effect.Effect<Lead, StoreError, DetectorState | WindowsLog | AlertsLog | Scope.Scope> =>
  Effect.gen(function* () {
    const state = yield* DetectorState
    const taken = yield* take(options, onStandby)
    const lost = yield* Deferred.make<void>()
    let current = taken
    yield* Effect.addFinalizer(() =>
      // Given up: the next one need not wait. Who cannot tell is found silent instead.
      Effect.ignore(
        Effect.timeout(
          state.writeLease({ holder: "", generation: current.generation }, current.revision),
          Math.min(options.leaseMs, giveUpMs)
        )
      )
    )
    yield* Effect.forkScoped(
      Effect.gen(function* () {
        for (;;) {
          yield* Effect.sleep(options.leaseMs / 3)
          const renewed = yield* Effect.result(
            state.writeLease({ holder: options.holder, generation: current.generation }, current.revision)
          )
          if (renewed._tag === "Success") current = renewed.success
          else if (renewed.failure._tag === "Outdated") {
            // An unanswered renewal may have been ours.
            const now = yield* Effect.orElseSucceed(state.readLease, () => undefined)
            if (now !== undefined && now.holder === options.holder && now.generation === current.generation)
              current = now
            else if (now !== undefined) return yield* Deferred.succeed(lost, undefined)
          }
        }
      })
    )
    return { generation: taken.generation, lost: Deferred.await(lost) }
  })

const take = (options: LeaseOptions, onStandby: (leader: string) => Effect.Effect<void>) =>
  Effect.gen(function* () {
    const state = yield* DetectorState
    let watched: { readonly lease: LeaseState; readonly sinceNanos: bigint } | undefined
    for (;;) {
      const found = yield* state.readLease
      const free = found === undefined || found.holder === "" || isGone(found.holder)
      const nowNanos = yield* Clock.currentTimeNanos
      const isSame = found !== undefined && watched?.lease.revision === found.revision
      const silent = isSame && Number(nowNanos - watched!.sinceNanos) / 1e6 >= options.leaseMs
      if (free || silent) {
        const before = found === undefined ? yield* newestEpoch : found.generation
        const next = { holder: options.holder, generation: before + 1 }
        const taken = yield* Effect.result(state.writeLease(next, found?.revision ?? 0))
        if (taken._tag === "Success") return taken.success
        if (taken.failure._tag !== "Outdated") return yield* taken.failure
        watched = undefined
        continue
      }
      if (watched === undefined) yield* onStandby(found.holder)
      if (!isSame) watched = { lease: found, sinceNanos: nowNanos }
      yield* Effect.sleep(options.leaseMs / 3)
    }
  })

/** Where there is no lease, as after somebody deleted it: the generations that were there before stand in what they wrote. */
const newestEpoch = Effect.gen(function* () {
  let newest = 0
  for (const log of [yield* WindowsLog, yield* AlertsLog]) {
    const lastSeq = yield* log.lastSeq
    const last = lastSeq === 0 ? undefined : yield* log.get(lastSeq)
    newest = Math.max(newest, last?.epoch ?? 0)
  }
  return newest
})

/** A process of this machine that is no more need not be waited for. */
const isGone = (holder: string): boolean => {
  const [host, pid] = holder.split("/")
  if (host !== hostname() || pid === undefined) return false
  if (Number(pid) === process.pid) return true // of a container that was started again
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as { code?: string }).code === "ESRCH"
  }
}
