import { cutText } from "@chaussettes/domain"
import type { Message } from "./message.ts"
import { type PostedOptions, posted } from "./posted.ts"
import type { Receiver } from "./receiver.ts"

/** From 1 to 5, 3 by default: https://docs.ntfy.sh/publish/#message-priority */
const priorities = { high: 5, medium: 4, low: 3, over: 3 } as const
const tags = { high: "rotating_light", medium: "warning", low: "information_source", over: "white_check_mark" } as const

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

/** A receiver for a topic of an ntfy server, whose address is its root. */
export const ntfy = ({ topic, ...options }: PostedOptions & { readonly topic: string }): Receiver =>
  posted(options, {
    kind: "ntfy",
    identity: `${options.address.url}${topic}`,
    body: (message) => ntfyBody(topic, message)
  })
