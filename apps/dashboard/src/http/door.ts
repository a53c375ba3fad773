import { randomBytes } from "node:crypto"
import { bearerOf, sameText } from "@chaussettes/service"
import { Effect } from "effect"
import { type Access, tokenFor } from "./access.ts"

/** A wrong token costs this much of the time that all wrong ones share. */
const guessMs = 250
/** While so much of it is spoken for, no token is looked at. */
const mostWaitMs = 8_000
const mostSessions = 1_000
const sessionMs = 7 * 86_400_000

export type Answer = "yes" | "no" | "busy"

/**
 * Who is let in. Wrong tokens are taken one after the other, whoever sends them and however: four a second, so that many connections guess no
 * faster than one. A session's name is random and stands here only, so it can be ended, and knowing it says nothing of the token or of
 * another; with 256 bits it is not worth a guess, and costs nobody a wait.
 */
export class Door {
  readonly #access: Access
  readonly #sessions = new Map<string, number>()
  #freeAtMs = 0

  constructor(access: Access) {
    this.#access = access
  }

  /** Whether any token is taken at all. */
  get asks(): boolean {
    return tokenFor(this.#access, "lines") !== undefined
  }

  /** Whether who shows this cookie or bearer token may see the page, or raw lines. */
  readonly lets = (
    what: "page" | "lines",
    cookie: string | undefined,
    authorization: string | undefined
  ): Effect.Effect<Answer> => {
    if (tokenFor(this.#access, what) === undefined || this.#hasSession(cookie)) return Effect.succeed("yes")
    const bearer = bearerOf(authorization)
    return bearer === undefined ? Effect.succeed("no") : this.#check(bearer)
  }

  /** A session for the token. */
  readonly open = (token: string): Effect.Effect<{ readonly session: string } | "no" | "busy"> =>
    Effect.map(this.#check(token), (answer) => {
      if (answer !== "yes") return answer
      const session = randomBytes(32).toString("base64url")
      this.#sessions.set(session, Date.now() + sessionMs)
      // The oldest goes: a map keeps the order in which they came.
      if (this.#sessions.size > mostSessions) this.#sessions.delete(this.#sessions.keys().next().value!)
      return { session }
    })

  readonly end = (cookie: string | undefined): void => {
    if (cookie !== undefined) this.#sessions.delete(cookie)
  }

  #hasSession(cookie: string | undefined): boolean {
    const untilMs = cookie === undefined ? undefined : this.#sessions.get(cookie)
    if (untilMs === undefined) return false
    if (untilMs > Date.now()) return true
    this.#sessions.delete(cookie!)
    return false
  }

  #check(token: string): Effect.Effect<Answer> {
    return Effect.suspend(() => {
      const nowMs = performance.now()
      if (this.#freeAtMs - nowMs > mostWaitMs) return Effect.succeed("busy" as const)
      if (sameText(token, tokenFor(this.#access, "lines") ?? "")) return Effect.succeed("yes" as const)
      this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + guessMs
      return Effect.as(Effect.sleep(this.#freeAtMs - nowMs), "no" as const)
    })
  }
}
