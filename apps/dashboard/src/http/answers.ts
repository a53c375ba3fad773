import { Effect, Fiber, type Scope } from "effect"
import { HttpServerRequest } from "effect/http"

/** Answers kept; most are some kB. */
const kept = 128
/** Also a quiet log is asked anew after a while: its right edge moves. */
const freshMs = 10_000

interface Answer {
  readonly position: string
  readonly atMs: number
  readonly asking: Fiber.Fiber<unknown, unknown>
}

/**
 * Asks once what many ask, for as long as nothing new has come: viewers of the same span ask the same thing at the same moment, when a window
 * has been decided.
 */
export class Answers {
  readonly #answers = new Map<string, Answer>()
  readonly #position: () => string
  readonly #scope: Scope.Scope

  /** @param scope in which is asked: whoever asked first may leave, and the others still want to know */
  constructor(position: () => string, scope: Scope.Scope) {
    this.#position = position
    this.#scope = scope
  }

  readonly shared = <A, E, R>(
    ask: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R | HttpServerRequest.HttpServerRequest> =>
    Effect.gen({ self: this }, function* () {
      const { url } = yield* HttpServerRequest.HttpServerRequest
      const [position, nowMs] = [this.#position(), performance.now()]
      for (const [asked, { position: then, atMs }] of this.#answers) {
        if (then !== position || nowMs - atMs >= freshMs) this.#answers.delete(asked)
      }
      const known = this.#answers.get(url)
      if (known !== undefined) return yield* Fiber.join(known.asking as Fiber.Fiber<A, E>)
      // A failure is told to those who wait for it, and to nobody after them.
      const asking = yield* Effect.forkIn(
        Effect.onError(ask, () => Effect.sync(() => this.#answers.delete(url))),
        this.#scope
      )
      this.#answers.set(url, { position, atMs: nowMs, asking })
      if (this.#answers.size > kept) this.#answers.delete(this.#answers.keys().next().value!)
      return yield* Fiber.join(asking)
    })
}
