import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"

/** Answers kept; each is some kB. */
const kept = 128
/** Also a quiet log is asked anew after a while: its right edge moves. */
const freshMs = 10_000

interface Answer {
  readonly position: string
  readonly atMs: number
  readonly body: unknown
}

/**
 * Remembers what the same question was answered, for as long as nothing new has come: many viewers of the same span ask the
 * same thing at the same moment, when a window has been decided.
 */
export class Answers {
  readonly #answers = new Map<string, Answer>()
  readonly #position: () => string

  constructor(position: () => string) {
    this.#position = position
  }

  readonly remembered = <A, E, R>(
    ask: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R | HttpServerRequest.HttpServerRequest> =>
    Effect.gen({ self: this }, function* () {
      const { url } = yield* HttpServerRequest.HttpServerRequest
      const position = this.#position()
      const nowMs = performance.now()
      const known = this.#answers.get(url)
      if (known !== undefined && known.position === position && nowMs - known.atMs < freshMs) return known.body as A
      const body = yield* ask
      this.#answers.delete(url)
      this.#answers.set(url, { position, atMs: nowMs, body })
      if (this.#answers.size > kept) this.#answers.delete(this.#answers.keys().next().value!)
      return body
    })
}
