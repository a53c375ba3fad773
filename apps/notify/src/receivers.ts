import { type UserFailure, wrongUsage } from "@chaussettes/service"
import { Effect } from "effect"
import { alertmanager } from "./alertmanager.ts"
import { type Address, addressOf } from "./post.ts"
import type { Receiver } from "./receiver.ts"
import { webhook } from "./webhook.ts"

export interface ReceiversInput {
  readonly alertmanager: ReadonlyArray<string>
  readonly webhook: ReadonlyArray<string>
  readonly pageUrl: string | undefined
  readonly refreshMs: number
}

/** What an address looks like; the rest of a bad one is not repeated, as it may be a secret. */
const parsed = (flag: string, text: string): Effect.Effect<Address, UserFailure> => {
  const address = addressOf(text)
  return address === undefined
    ? Effect.fail(
        wrongUsage(`${flag} has to be an address that begins with http:// or https://, such as http://localhost:9093.`)
      )
    : Effect.succeed(address)
}

/** The receivers that the flags name. */
export const receiversOf = (input: ReceiversInput): Effect.Effect<ReadonlyArray<Receiver>, UserFailure> =>
  Effect.gen(function* () {
    const { pageUrl, refreshMs } = input
    if (pageUrl !== undefined) yield* parsed("--page-url", pageUrl)
    const named = (kind: "alertmanager" | "webhook") =>
      Effect.forEach([...new Set(input[kind])], (text, i) =>
        Effect.map(parsed(`--${kind}`, text), (address) => ({
          name: i === 0 ? kind : `${kind}-${i + 1}`,
          address,
          pageUrl
        }))
      )
    const receivers = [
      ...(yield* named("alertmanager")).map((options) => alertmanager({ ...options, refreshMs })),
      ...(yield* named("webhook")).map(webhook)
    ]
    if (receivers.length === 0) {
      return yield* wrongUsage("Nobody to tell: name a receiver with --alertmanager or --webhook.")
    }
    return receivers
  })
