import { createHash, timingSafeEqual } from "node:crypto"
import { type UserFailure, wrongUsage } from "./failure.ts"
import { leastSecretBits, secretBits } from "./guessable.ts"

/** A shorter token can be guessed. */
const leastTokenChars = 16

/** Why an access token will not do; undefined where it will. */
export const tokenWeakness = (token: string): UserFailure | undefined => {
  if (token.length < leastTokenChars) {
    return wrongUsage(`The access token is too short: it needs ${leastTokenChars} characters or more.`)
  }
  return secretBits(token) < leastSecretBits
    ? wrongUsage(
        "The access token is too weak: it repeats itself. Use a random one, such as the output of openssl rand -hex 16."
      )
    : undefined
}

export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)

const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

/** In a time that says nothing of where two texts differ, nor of their lengths. */
export const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

export const bearerOf = (authorization: string | undefined): string | undefined =>
  /^Bearer (.+)$/i.exec(authorization ?? "")?.[1]
