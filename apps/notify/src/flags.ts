import {
  asForm,
  asSpan,
  jsonFlag,
  languageFlag,
  natsFlags,
  operationsFlags,
  parseSpanMs,
  spanExpected,
  within
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
      "Receiver to tell: slack://, teams://, ntfy://, smtp://, alertmanager+https:// or https://, as docs/notify.md says; several times for several; rather set CHAUSSETTES_NOTIFY_TO (several with spaces between them), as others see a command line"
    ),
    Flag.atLeast(0)
  ),
  alertmanager: Flag.String("alertmanager").pipe(
    Flag.withMetavar("url"),
    Flag.withDescription(
      "Alertmanager to tell, such as http://localhost:9093; several times for the members of a cluster"
    ),
    Flag.atLeast(0)
  ),
  webhook: Flag.String("webhook").pipe(
    Flag.withMetavar("url"),
    Flag.withDescription(
      "Address that takes each change of an incident as JSON; several times for several; rather set CHAUSSETTES_NOTIFY_WEBHOOK where the address is a secret"
    ),
    Flag.atLeast(0)
  ),
  template: Flag.String("template").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(
      "Words of your own: a file, or a text with fields such as {{summary}}; JSON is the body for webhooks, any other text is for Slack, Teams, ntfy and mail"
    ),
    Flag.atLeast(0)
  ),
  digestMs: Flag.String("digest").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription(
      "Send what changes within this time as one message, with how many and the worst (default: at once)"
    ),
    asForm((text) => spanBetween(text, 1_000), `${spanExpected}, between 1s and 24h`),
    Flag.optional
  ),
  limit: Flag.String("at-most").pipe(
    Flag.withMetavar("number/span"),
    Flag.withDescription(
      "Most messages to a receiver within any such span, such as 10/h or 3/10m; what is over comes as a summary when there is room (default: no limit)"
    ),
    asForm(parseLimit, `a number up to ${mostLimit} and a span up to 24h, such as 10/h or 3/10m`),
    Flag.optional
  ),
  language: languageFlag,
  pageUrl: Flag.String("page-url").pipe(
    Flag.withMetavar("url"),
    Flag.withDescription("Where the page is, for links to it, such as http://localhost:8080"),
    // What `start` says, unless the user says otherwise anywhere.
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_START_PAGE_URL")),
    Flag.optional
  ),
  quiet: Flag.Int("quiet").pipe(
    Flag.withMetavar("windows"),
    Flag.withDescription("So many windows without an alert of its key close an incident"),
    Flag.withDefault(3),
    within(1, 100)
  ),
  refreshMs: Flag.String("refresh").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("Tell Alertmanager so often what is still open; it drops what it misses four times"),
    Flag.withDefault("1m"),
    asSpan(1_000, 3_600_000)
  ),
  test: Flag.Boolean("test").pipe(
    Flag.withDescription(
      "Send one test message to each receiver, say what each answered, and end; exit 1 unless all took it"
    ),
    Flag.withDefault(false)
  ),
  json: jsonFlag,
  operations: operationsFlags
} as const

export type NotifyInput = Command.Command.Config.Infer<typeof notifyFlags>
