import { createHmac } from "node:crypto"
import { readFile } from "node:fs/promises"
import {
  failed,
  leastSecretBits,
  reasonOf,
  secretBits,
  spelledAddress,
  type UserFailure,
  wrongUsage
} from "@chaussettes/service"
import { Config, Effect, Option, Redacted } from "effect"

/*
 * Pseudonyms for client addresses, given at the edge so that the address itself never reaches LOGS.
 *
 * The pseudonym is HMAC-SHA-256(key, client), cut to 120 bits and written as a unique local IPv6 address (RFC 4193,
 * fd00::/8): any parser of access logs takes it for a client, and no real client has it. The same key gives the same pseudonym, so
 * rates by client stay right for as long as the key is kept; throwing the key away unlinks all that was written with it.
 */

/** The pseudonym of a client as it is logged. */
export type Pseudonymizer = (client: Uint8Array) => Uint8Array

/** Names that are kept, so that a client's second line costs no hash. At the limit they are forgotten and worked out again. */
const rememberedClients = 100_000

/** @param key any bytes; 32 random ones are right */
export const pseudonymizer = (key: Uint8Array): Pseudonymizer => {
  const known = new Map<string, Uint8Array>()
  return (client) => {
    const name = Buffer.from(client.buffer, client.byteOffset, client.byteLength).toString("latin1")
    const remembered = known.get(name)
    if (remembered !== undefined) return remembered
    const pseudonym = new TextEncoder().encode(pseudonymOf(key, client))
    if (known.size >= rememberedClients) known.clear()
    known.set(name, pseudonym)
    return pseudonym
  }
}

/** `fd1c:…`: always in the full form of eight groups, as the hash does not shorten. */
const pseudonymOf = (key: Uint8Array, client: Uint8Array): string => {
  const hash = createHmac("sha256", key).update(canonical(client)).digest("hex")
  const address = `fd${hash.slice(0, 30)}`
  return address.match(/.{4}/g)!.join(":")
}

/** One client, one pseudonym: an address in one spelling, a v4-mapped one as IPv4, and host names not told apart by case. */
const canonical = (client: Uint8Array): string => {
  const text = Buffer.from(client).toString("latin1").toLowerCase()
  return spelledAddress(text) ?? text
}

/** Shorter keys could be guessed and all addresses tried. */
const leastKeyBytes = 16

/** The key as a file or a variable holds it: its text without the blanks around it. `undefined` where it can be guessed. */
export const keyFromText = (text: string): Uint8Array | undefined => {
  const key = new TextEncoder().encode(text.trim())
  return key.length < leastKeyBytes || secretBits(text.trim()) < leastSecretBits ? undefined : key
}

export interface PseudonymFlags {
  readonly pseudonymize: boolean
  readonly pseudonymKeyFile: Option.Option<string>
}

const guessable = (where: string) =>
  wrongUsage(
    `The key for pseudonyms in ${where} is too weak: it is shorter than ${leastKeyBytes} bytes or repeats itself. Create one with \`openssl rand -hex 32\`.`
  )

/** The pseudonymizer that the flags ask for, or none. The key stands in a file or in CHAUSSETTES_PSEUDONYM_KEY. */
export const pseudonymizerOf = Effect.fn("pseudonymizerOf")(function* (
  flags: PseudonymFlags
): Effect.fn.Return<Pseudonymizer | undefined, UserFailure | Config.ConfigError> {
  if (!flags.pseudonymize) return undefined
  if (Option.isSome(flags.pseudonymKeyFile)) {
    const file = flags.pseudonymKeyFile.value
    const text = yield* Effect.tryPromise({
      try: () => readFile(file, "utf8"),
      catch: (cause) => failed(`Cannot read the key for pseudonyms in ${file}: ${reasonOf(cause)}.`, cause)
    })
    const key = keyFromText(text)
    return key === undefined ? yield* guessable(file) : pseudonymizer(key)
  }
  const text = yield* Config.option(Config.Redacted("CHAUSSETTES_PSEUDONYM_KEY"))
  if (Option.isNone(text)) {
    return yield* wrongUsage(
      "--pseudonymize needs a key: give its file with --pseudonym-key-file, or set CHAUSSETTES_PSEUDONYM_KEY."
    )
  }
  const key = keyFromText(Redacted.value(text.value))
  return key === undefined ? yield* guessable("CHAUSSETTES_PSEUDONYM_KEY") : pseudonymizer(key)
})
