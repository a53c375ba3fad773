import {
  asForm,
  asSpan,
  jsonFlag,
  languageFlag,
  natsFlags,
  operationsFlags,
  parseSpanMs,
  spanExpected
} from "@chaussettes/service"
import { Config } from "effect"
import { type Command, Flag } from "effect/cli"

const longestMs = 86_400_000

const spanBetween = (text: string, leastMs: number): number | undefined => {
  const ms = parseSpanMs(text)
  return ms !== undefined && ms >= leastMs && ms <= longestMs ? ms : undefined
}

/** Messages whose times a position holds. */
const mostLimit = 100

/** `10/h`, `3/10m`: so many within any such span. */
export const parseLimit = (text: string): { readonly most: number; readonly spanMs: number } | undefined => {
  const [, count, span = ""] = /^(\d{1,4})\/(.+)$/.exec(text) ?? []
  const spanMs = spanBetween(/^[smhd]/.test(span) ? `1${span}` : span, 1_000)
  const most = Number(count)
  return spanMs !== undefined && most >= 1 && most <= mostLimit ? { most, spanMs } : undefined
}

export const notifyFlags = {
  nats: natsFlags,
  to: Flag.String("to").pipe(
    Flag.withMetavar("address"),
    Flag.withDescription(
      "Notify this receiver: slack://, teams://, ntfy://, smtp://, alertmanager+https:// or https:// (docs/notify.md); may be repeated. Prefer CHAUSSETTES_NOTIFY_TO (receivers separated by spaces): other users can see a command line"
    ),
    Flag.atLeast(0)
  ),
  alertmanager: Flag.String("alertmanager").pipe(
    Flag.withMetavar("url"),
    Flag.withDescription(
      "Notify this Alertmanager, such as http://localhost:9093; may be repeated for the members of a cluster"
    ),
    Flag.atLeast(0)
  ),
  webhook: Flag.String("webhook").pipe(
    Flag.withMetavar("url"),
    Flag.withDescription(
      "Post each change of an incident as JSON to this address; may be repeated. Prefer CHAUSSETTES_NOTIFY_WEBHOOK if the address is a secret"
    ),
    Flag.atLeast(0)
  ),
  template: Flag.String("template").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(
      "Use your own message: a file, or a text with fields such as {{summary}}. JSON is the body for webhooks, any other text is for Slack, Teams, ntfy and mail"
    ),
    Flag.atLeast(0)
  ),
  digestMs: Flag.String("digest").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("Collect changes for this long and send them as one message (default: send each at once)"),
    asForm((text) => spanBetween(text, 1_000), `${spanExpected}, between 1s and 24h`),
    Flag.optional
  ),
  limit: Flag.String("at-most").pipe(
    Flag.withMetavar("number/span"),
    Flag.withDescription(
      "Send a receiver at most this many messages per span, such as 10/h or 3/10m, and a summary of the rest later (default: no limit)"
    ),
    asForm(parseLimit, `a number up to ${mostLimit} and a span up to 24h, such as 10/h or 3/10m`),
    Flag.optional
  ),
  language: languageFlag,
  pageUrl: Flag.String("page-url").pipe(
    Flag.withMetavar("url"),
    Flag.withDescription("Link to the page at this address, such as http://localhost:8080"),
    // What `start` says, unless the user says otherwise anywhere.
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_START_PAGE_URL")),
    Flag.optional
  ),
  least: Flag.Literals("least-severity", ["low", "medium", "high"]).pipe(
    Flag.withDescription("Notify of incidents of this severity and above; a scanner that hurts nobody else is low"),
    Flag.withDefault("medium")
  ),
  refreshMs: Flag.String("refresh").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription(
      "Send open incidents to Alertmanager again at this interval; it resolves those that it misses four times"
    ),
    Flag.withDefault("1m"),
    asSpan(1_000, 3_600_000)
  ),
  test: Flag.Boolean("test").pipe(
    Flag.withDescription(
      "Send a test message to each receiver, print the answers, and exit; exits 1 if any receiver refuses it"
    ),
    Flag.withDefault(false)
  ),
  json: jsonFlag,
  operations: operationsFlags
} as const

export type NotifyInput = Command.Command.Config.Infer<typeof notifyFlags>
