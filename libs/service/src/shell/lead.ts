import { randomBytes } from "node:crypto"
import { hostname } from "node:os"
import type { LeaseState, LeaseStore, StoreError } from "@chaussettes/jetstream"
import { Clock, Deferred, Effect, type Scope } from "effect"

export interface LeaseOptions {
  /** Names this process: `<host>/<pid>/<random>`. */
  readonly holder: string
  /** A lease that was not renewed for so long may be taken. In that time it is renewed, and looked at, three times. */
  readonly leaseMs: number
}

/** The lead. `lost` ends when somebody else has taken it, or nobody answers for so long that somebody may have. */
export interface Lead {
  readonly generation: number
  readonly lost: Effect.Effect<void>
}

export const thisHolder = (): string => `${hostname()}/${process.pid}/${randomBytes(4).toString("hex")}`

/** How long the end waits for a server that does not take the lease back, as one with a full disk. */
const giveUpMs = 1_000

/**
 * Waits until this process may lead, takes the lease and renews it for as long as the scope is open; gives it up when it closes.
 * Whether a leader lives is judged by watching its lease for `leaseMs` of our own time, so clocks need not agree. The lease only keeps
 * processes from working against each other: that writes exclude each other is the expected sequence's work.
 *
 * @param generationBefore the newest generation that is known where there is no lease, as after somebody deleted it
 */
export const lead = <R = never>(
  state: LeaseStore,
  options: LeaseOptions,
  onStandby: (leader: string) => Effect.Effect<void>,
  generationBefore: Effect.Effect<number, StoreError, R> = Effect.succeed(0)
): Effect.Effect<Lead, StoreError, R | Scope.Scope> =>
  Effect.gen(function* () {
    const taken = yield* take(state, options, onStandby, generationBefore)
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

const take = <R>(
  state: LeaseStore,
  options: LeaseOptions,
  onStandby: (leader: string) => Effect.Effect<void>,
  generationBefore: Effect.Effect<number, StoreError, R>
) =>
  Effect.gen(function* () {
    let watched: { readonly lease: LeaseState; readonly sinceNanos: bigint } | undefined
    for (;;) {
      const found = yield* state.readLease
      const free = found === undefined || found.holder === "" || isGone(found.holder)
      const nowNanos = yield* Clock.currentTimeNanos
      const isSame = found !== undefined && watched?.lease.revision === found.revision
      const silent = isSame && Number(nowNanos - watched!.sinceNanos) / 1e6 >= options.leaseMs
      if (free || silent) {
        const before = found === undefined ? yield* generationBefore : found.generation
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
