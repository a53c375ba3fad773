import { cutText, keyToken } from "@chaussettes/domain"
import { Clock, Effect } from "effect"
import type { Composer, Message } from "./message.ts"
import type { Policy } from "./outbox.ts"
import { type Address, post } from "./post.ts"
import type { Receiver } from "./receiver.ts"

/** From 1 to 5, 3 by default: https://docs.ntfy.sh/publish/#message-priority */
const priorities = { high: 5, medium: 4, over: 3 } as const
const tags = { high: "rotating_light", medium: "warning", over: "white_check_mark" } as const

/** A longer message becomes a file that is attached. */
const mostMessageBytes = 4_000

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A message as JSON: in headers, as ntfy takes them too, a title could bring a header of its own. */
export const ntfyBody = (topic: string, { link, text, title, tone }: Message) => ({
  topic,
  title,
  message: decoder.decode(cutText(encoder.encode(text), mostMessageBytes)),
  priority: priorities[tone],
  tags: [tags[tone]],
  ...(link === undefined ? {} : { click: link.url })
})

/** A receiver for a topic of an ntfy server. */
export const ntfy = (options: {
  readonly name: string
  /** The server; messages go to its root. */
  readonly address: Address
  readonly topic: string
  readonly composer: Composer
  readonly policy: Policy
}): Receiver => {
  const { address, composer, name, policy, topic } = options
  const send = (message: Message) => post(address, JSON.stringify(ntfyBody(topic, message)))
  return {
    kind: "ntfy",
    name,
    shown: address.shown,
    key: `ntfy.${keyToken(`${address.url}${topic}`)}`,
    policy,
    tell: (batch) => send(composer.message(batch)),
    test: Effect.flatMap(Clock.currentTimeMillis, (nowMs) => send(composer.test(nowMs)))
  }
}
