import { Refused, type StoreError, Unavailable } from "@chaussettes/jetstream"
import type { Network, Operation } from "@chaussettes/jetstream/memory"
import { Deferred, Effect } from "effect"
import type { Random } from "../../../../libs/domain/test/support/random.ts"

/** How bad the network is and how often clients die. */
export interface Weather {
  readonly delay: number
  readonly loseRequest: number
  readonly loseAnswer: number
  readonly lateArrival: number
  readonly partial: number
  readonly refuse: number
  readonly crash: number
}

export const fair: Weather = {
  delay: 0,
  loseRequest: 0,
  loseAnswer: 0,
  lateArrival: 0,
  partial: 0,
  refuse: 0,
  crash: 0
}

export const foul: Weather = {
  delay: 0.1,
  loseRequest: 0.03,
  loseAnswer: 0.03,
  lateArrival: 0.02,
  partial: 0.03,
  refuse: 0.01,
  crash: 0.02
}

/** The state of one client: a crashed one reaches nobody any more, a frozen one waits until it is thawed. */
export interface ClientState {
  crashed: boolean
  frozen: Deferred.Deferred<void> | undefined
}

/** What lies between the ports and the server, drawn from the seed operation by operation. */
export class Faults {
  weather: Weather = fair
  readonly #random: Random
  readonly #clients = new Map<string, ClientState>()

  constructor(random: Random) {
    this.#random = random
  }

  client(name: string): ClientState {
    const known = this.#clients.get(name)
    if (known !== undefined) return known
    const state: ClientState = { crashed: false, frozen: undefined }
    this.#clients.set(name, state)
    return state
  }

  readonly network: Network = {
    carry: (operation, deliver) =>
      Effect.suspend(() => {
        const client = this.client(operation.client)
        if (client.crashed) return Effect.never
        const carried = this.#carry(operation, client, deliver)
        return client.frozen === undefined ? carried : Effect.andThen(Deferred.await(client.frozen), carried)
      })
  }

  #carry<A, E>(
    operation: Operation,
    client: ClientState,
    deliver: (parts?: number) => Effect.Effect<A, E>
  ): Effect.Effect<A, E | StoreError> {
    const random = this.#random
    const w = this.weather
    const lost = Effect.fail(new Unavailable({ what: operation.name, why: "simulated: no answer" }))
    const timeout = Effect.andThen(Effect.sleep(random.int(10, 5_000)), lost)
    const roll = random.next()
    let edge = 0
    const falls = (weight: number) => {
      edge += weight
      return roll < edge
    }
    if (falls(w.crash)) {
      const arrives = random.chance(0.5)
      return Effect.gen(function* () {
        if (arrives) yield* Effect.exit(deliver(random.int(0, operation.parts)))
        client.crashed = true
        return yield* Effect.never
      })
    }
    if (falls(w.refuse)) {
      return Effect.fail(new Refused({ what: operation.name, why: "simulated: no space", remedy: "Make room." }))
    }
    if (falls(w.loseRequest)) return timeout
    if (operation.kind === "write") {
      if (falls(w.loseAnswer)) return Effect.andThen(Effect.exit(deliver()), timeout)
      if (falls(w.partial)) return Effect.andThen(Effect.exit(deliver(random.int(0, operation.parts))), timeout)
      if (falls(w.lateArrival)) {
        const later = Effect.andThen(Effect.sleep(random.int(10, 8_000)), Effect.exit(deliver()))
        return Effect.andThen(Effect.forkDetach(later), timeout)
      }
    }
    if (falls(w.delay)) {
      const [before, after] = [random.int(0, 1_500), random.int(0, 1_500)]
      return Effect.andThen(Effect.sleep(before), deliver()).pipe(Effect.tap(() => Effect.sleep(after)))
    }
    return deliver()
  }
}
