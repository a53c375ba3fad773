import { keyToken } from "@chaussettes/domain"
import { Clock, Effect } from "effect"
import type { Composer, Message } from "./message.ts"
import type { Policy } from "./outbox.ts"
import { type Address, post } from "./post.ts"
import type { Receiver } from "./receiver.ts"

export interface PostedOptions {
  readonly name: string
  readonly address: Address
  readonly composer: Composer
  readonly policy: Policy
}

/**
 * A receiver that takes each message as one POST of JSON.
 * @param form its kind; what tells it from others of that kind; the body of a message; and how a template's fields are escaped
 */
export const posted = (
  { address, composer, name, policy }: PostedOptions,
  form: {
    readonly kind: "slack" | "teams" | "ntfy"
    readonly identity: string
    readonly body: (message: Message) => unknown
    readonly escape?: (value: string) => string
  }
): Receiver => {
  const send = (message: Message) => post(address, JSON.stringify(form.body(message)))
  return {
    kind: form.kind,
    name,
    shown: address.shown,
    key: `${form.kind}.${keyToken(form.identity)}`,
    policy,
    tell: (batch) => send(composer.message(batch, form.escape)),
    test: Effect.flatMap(Clock.currentTimeMillis, (nowMs) => send(composer.test(nowMs, form.escape)))
  }
}
