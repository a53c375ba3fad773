import type { Message } from "./message.ts"
import { type PostedOptions, posted } from "./posted.ts"
import type { Receiver } from "./receiver.ts"
import { cut } from "./words.ts"

const colors = { high: "Attention", medium: "Warning", low: "Accent", over: "Good" } as const

/** A card is refused beyond 28 KB; a message is far below that unless a template makes it long. */
const mostTextChars = 6_000

/** Runs of text are no Markdown, unlike a TextBlock: a URL from a log becomes neither a link nor bold. */
const run = (text: string, more: object = {}) => ({
  type: "RichTextBlock",
  inlines: [{ type: "TextRun", text, ...more }]
})

/**
 * What the workflow «When a Teams webhook request is received» takes: a message with one Adaptive Card. The Office 365 connectors, which took
 * a MessageCard, are no more.
 */
export const teamsBody = ({ link, text, title, tone }: Message) => ({
  type: "message",
  attachments: [
    {
      contentType: "application/vnd.microsoft.card.adaptive",
      contentUrl: null,
      content: {
        $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
        type: "AdaptiveCard",
        // 1.2 brought runs of text; all of Teams' clients show it.
        version: "1.2",
        msteams: { width: "Full" },
        body: [
          run(title, { weight: "Bolder", size: "Medium", color: colors[tone] }),
          ...cut(text, mostTextChars)
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => run(line))
        ],
        ...(link === undefined ? {} : { actions: [{ type: "Action.OpenUrl", title: link.words, url: link.url }] })
      }
    }
  ]
})

/** A receiver for the webhook of a workflow in Teams. */
export const teams = (options: PostedOptions): Receiver =>
  posted(options, { kind: "teams", identity: options.address.url, body: teamsBody })
