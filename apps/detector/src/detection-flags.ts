import { type DetectionSettings, defaultSettings } from "@chaussettes/domain"
import { asForm, formatSpan, parseSpanMs, spanExpected } from "@chaussettes/service"
import { Config } from "effect"
import { Flag } from "effect/cli"

/** The flags that shape windows and verdicts, the same for `detect` and `analyze`. */

const span = (name: string, variable: string, description: string, defaultMs: number, leastMs: number) =>
  Flag.String(name).pipe(
    Flag.withMetavar("span"),
    Flag.withDescription(description),
    Flag.withFallbackConfig(Config.String(variable)),
    Flag.withDefault(formatSpan(defaultMs)),
    asForm(
      (text) => {
        const ms = parseSpanMs(text)
        return ms !== undefined && ms >= leastMs ? ms : undefined
      },
      `${spanExpected}${leastMs > 0 ? `, at least ${formatSpan(leastMs)}` : ""}`
    )
  )

const whole = (name: string, variable: string, description: string, byDefault: number, least: number, most: number) =>
  Flag.Int(name).pipe(
    Flag.withDescription(description),
    Flag.withFallbackConfig(Config.Int(variable)),
    Flag.withDefault(byDefault),
    Flag.filter(
      (n) => n >= least && n <= most,
      () => `a number from ${least} to ${most}`
    )
  )

export const detectionFlags = (defaults: { readonly allowedLatenessMs: number }) => ({
  windowMs: span("window", "CHAUSSETTES_WINDOW", "Length of a window", defaultSettings.windowMs, 1000),
  allowedLatenessMs: span(
    "allowed-lateness",
    "CHAUSSETTES_ALLOWED_LATENESS",
    "How long a window waits for lines that come late, by their own times",
    defaults.allowedLatenessMs,
    0
  ),
  urlKey: Flag.Literals("url-key", ["path", "target"]).pipe(
    Flag.withDescription("Whether a URL is the path alone or has its query string"),
    Flag.withFallbackConfig(Config.Literals(["path", "target"], "CHAUSSETTES_URL_KEY")),
    Flag.withDefault(defaultSettings.urlKey)
  ),
  ipv6Prefix: whole(
    "ipv6-prefix",
    "CHAUSSETTES_IPV6_PREFIX",
    "Group IPv6 clients by so many leading bits",
    defaultSettings.ipv6Prefix,
    1,
    128
  ),
  leastIp: whole(
    "least-ip",
    "CHAUSSETTES_LEAST_IP",
    "Least requests of a client in a window for a verdict",
    defaultSettings.leastRequests.ip,
    1,
    1_000_000
  ),
  leastUrl: whole(
    "least-url",
    "CHAUSSETTES_LEAST_URL",
    "Least requests of a URL in a window for a verdict",
    defaultSettings.leastRequests.url,
    1,
    1_000_000
  ),
  language: Flag.Literals("language", ["en", "fr"]).pipe(
    Flag.withDescription("Language of the alerts' messages"),
    Flag.withFallbackConfig(Config.Literals(["en", "fr"], "CHAUSSETTES_LANGUAGE")),
    Flag.withDefault(defaultSettings.language)
  )
})

/** The flags of time that only a service has. */
export const serviceTimeFlags = {
  idleMs: span(
    "idle",
    "CHAUSSETTES_IDLE",
    "A source that is silent for so long holds no window back",
    defaultSettings.idleMs,
    1000
  ),
  maxBehindMs: span(
    "max-behind",
    "CHAUSSETTES_MAX_BEHIND",
    "A source whose lines are so much older than another's holds no window back",
    defaultSettings.maxBehindMs,
    1000
  ),
  maxAheadMs: span(
    "max-ahead",
    "CHAUSSETTES_MAX_AHEAD",
    "A line that is so much ahead of the time at which it was stored is rejected",
    defaultSettings.maxAheadMs,
    1000
  )
} as const

export interface DetectionFlagValues {
  readonly windowMs: number
  readonly allowedLatenessMs: number
  readonly urlKey: "path" | "target"
  readonly ipv6Prefix: number
  readonly leastIp: number
  readonly leastUrl: number
  readonly language: "en" | "fr"
}

export const settingsOf = (
  flags: DetectionFlagValues & Partial<Pick<DetectionSettings, "idleMs" | "maxBehindMs" | "maxAheadMs">>
): DetectionSettings => ({
  windowMs: flags.windowMs,
  allowedLatenessMs: flags.allowedLatenessMs,
  idleMs: flags.idleMs ?? defaultSettings.idleMs,
  maxBehindMs: flags.maxBehindMs ?? defaultSettings.maxBehindMs,
  maxAheadMs: flags.maxAheadMs ?? defaultSettings.maxAheadMs,
  urlKey: flags.urlKey,
  ipv6Prefix: flags.ipv6Prefix,
  leastRequests: { ...defaultSettings.leastRequests, ip: flags.leastIp, url: flags.leastUrl },
  language: flags.language
})
