import type { IncomingMessage } from "node:http"
import { setTimeout as delay } from "node:timers/promises"
import { bearerOf, sameText } from "@chaussettes/service"
import type { Peers } from "./address.ts"
import { receiveLimits } from "./limits.ts"
import { Refusal } from "./request.ts"

/** Who may send by HTTP. A token comes as a bearer's, or as a password of basic authentication. */
export class HttpDoor {
  readonly #peers: Peers | undefined
  readonly #token: string | undefined
  #guesses: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor(peers: Peers | undefined, token: string | undefined) {
    this.#peers = peers
    this.#token = token
  }

  /** Throws a `Refusal`. */
  async check(request: IncomingMessage): Promise<void> {
    if (this.#peers !== undefined && !this.#peers.allows(request.socket.remoteAddress)) {
      throw new Refusal(403, "lines from this address are not allowed (see --allow)")
    }
    const token = this.#token
    if (token === undefined) {
      // A page in a browser of this machine could send, too; a browser says where a page is from.
      if (request.headers.origin !== undefined) throw new Refusal(403, "lines from web pages are not allowed")
      return
    }
    const given = tokenOf(request.headers.authorization)
    if (given !== undefined && sameText(given, token)) return
    if (given !== undefined) await this.#guess()
    throw new Refusal(401, "a token is needed: authorization: Bearer TOKEN")
  }

  /** Wrong tokens wait for one another, so that many connections guess no faster than one. */
  async #guess(): Promise<void> {
    if (this.#waiting >= receiveLimits.guessesAtOnce) throw new Refusal(429, "too many wrong tokens", 10)
    this.#waiting++
    this.#guesses = this.#guesses.then(() => delay(receiveLimits.guessMs))
    await this.#guesses
    this.#waiting--
  }
}

const tokenOf = (authorization: string | undefined): string | undefined => {
  const bearer = bearerOf(authorization)
  if (bearer !== undefined) return bearer
  const basic = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? "")?.[1]
  if (basic === undefined) return undefined
  const text = Buffer.from(basic, "base64").toString("utf8")
  return text.slice(text.indexOf(":") + 1)
}
