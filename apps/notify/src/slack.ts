import type { Message } from "./message.ts"
import { type PostedOptions, posted } from "./posted.ts"
import type { Receiver } from "./receiver.ts"
import { cut } from "./words.ts"

/** Slack's own limits: https://docs.slack.dev/reference/block-kit/blocks */
const mostHeaderChars = 150
const mostSectionChars = 3_000

/** What begins a link, a mention or an entity in Slack's markup: https://docs.slack.dev/messaging/formatting-message-text */
export const slackEscape = (value: string): string =>
  value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

/** Cut between characters that `slackEscape` wrote, not within one. */
const cutMarked = (text: string, most: number): string => cut(text, most).replace(/&[a-z]{0,3}…$/, "…")

/**
 * A message in blocks. What comes from logs stands as plain text, which Slack takes for nothing else; only a template of the operator's own is
 * markup, with its fields escaped, and `verbatim`, so that an address in a URL becomes no link.
 */
export const slackBody = ({ isTemplate, link, text, title }: Message) => ({
  text: slackEscape(cut(title, mostHeaderChars)),
  blocks: [
    { type: "header", text: { type: "plain_text", text: cut(title, mostHeaderChars), emoji: false } },
    {
      type: "section",
      text: isTemplate
        ? { type: "mrkdwn", text: cutMarked(text, mostSectionChars), verbatim: true }
        : { type: "plain_text", text: cut(text, mostSectionChars), emoji: false }
    },
    ...(link === undefined
      ? []
      : [
          {
            type: "section",
            text: { type: "mrkdwn", text: `<${slackEscape(link.url)}|${link.words}>`, verbatim: true }
          }
        ])
  ]
})

/** A receiver for an incoming webhook of Slack, or of what takes the same, such as Mattermost. */
export const slack = (options: PostedOptions): Receiver =>
  posted(options, { kind: "slack", identity: options.address.url, body: slackBody, escape: slackEscape })
