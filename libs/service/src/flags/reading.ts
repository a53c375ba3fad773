import { existsSync, readFileSync } from "node:fs"
import {
  declaredBots,
  type FormatSpec,
  formatNamed,
  formatsIn,
  type IgnoreRule,
  knownFormats,
  type LineReading,
  limits,
  parseIgnore,
  parseLogFormat,
  parseNetworks,
  shellWord,
  type UrlTemplates,
  whyNoTemplate
} from "@chaussettes/domain"
import { Config, Option, Result } from "effect"
import { type Command, Flag } from "effect/cli"
import { reasonOf } from "../failure.ts"
import { flagOf, type Read } from "./read.ts"

/** The flags that say how lines are read: their format, and whose word for the client is taken. */

/** A format's name, or a format string as it stands in a server's configuration. */
const formatOf = (text: string): Read<FormatSpec> => {
  const known = formatNamed(text)
  if (known !== undefined) return Result.succeed(known)
  if (!/[%$]/.test(text)) {
    return Result.fail(`a format string, or one of combined, ${knownFormats.map(({ name }) => name).join(", ")}`)
  }
  const parsed = parseLogFormat(text)
  return parsed.ok
    ? Result.succeed({ name: "declared", wrappers: [], inner: parsed.spec })
    : Result.fail(`a format that can be read: ${parsed.reason}`)
}

const textOf = (file: string, what: string): Read<string> => {
  try {
    return Result.succeed(readFileSync(file, "utf8"))
  } catch (cause) {
    return Result.fail(`${what} that can be read: ${reasonOf(cause)}`)
  }
}

/** The format without the promise that its server escapes quotes. */
const unescaped = (format: FormatSpec): FormatSpec => {
  if (format.inner.kind !== "text") return format
  const { escaped: _, ...inner } = format.inner
  return { ...format, inner }
}

/** The format in a configuration: `FILE`, or `FILE:NAME` where it has several. */
const configuredFormat = (text: string): Read<FormatSpec> => {
  const colon = text.lastIndexOf(":")
  const named = colon > 0 && !existsSync(text)
  const file = named ? text.slice(0, colon) : text
  const configuration = textOf(file, "a configuration")
  if (Result.isFailure(configuration)) return Result.fail(configuration.failure)
  const formats = formatsIn(configuration.success)
  if (formats.length === 0)
    return Result.fail("a configuration with a log_format of nginx or a LogFormat of Apache in it")
  const chosen = named
    ? formats.find(({ name }) => name === text.slice(colon + 1))
    : formats.length === 1
      ? formats[0]
      : undefined
  if (chosen !== undefined) {
    const found = formatOf(chosen.format)
    return chosen.isRaw === true ? Result.map(found, unescaped) : found
  }
  const names = formats.map(({ name }) => shellWord(`${file}:${name}`))
  return Result.fail(`one of the formats that it has: ${names.join(", ")}`)
}

/** They stand in each record. */
const mostNetworks = 1_024

/** Networks and presets; `@FILE` is a list in a file, such as the ones that CDNs publish. */
const networksOf = (text: string): Read<ReadonlyArray<string>> => {
  const lists: Array<string> = []
  for (const part of text.split(",").map((p) => p.trim())) {
    const list: Read<string> = part.startsWith("@") ? textOf(part.slice(1), "a list") : Result.succeed(part)
    if (Result.isFailure(list)) return Result.fail(list.failure)
    lists.push(list.success)
  }
  const parsed = parseNetworks(lists.join("\n"))
  if (!parsed.ok)
    return Result.fail(`networks such as 10.0.0.0/8, the preset private, or @FILE with a list; not ${parsed.wrong}`)
  return parsed.networks.length > mostNetworks
    ? Result.fail(`at most ${mostNetworks} networks`)
    : Result.succeed(parsed.networks)
}

/** `off`, `auto`, declared templates such as `/user/:name`, `@FILE` with one a line; several with commas. */
const templatesOf = (text: string): Read<UrlTemplates | undefined> => {
  const parts = text.split(",").map((p) => p.trim())
  if (parts.length === 1 && (parts[0] === "off" || parts[0] === "")) return Result.succeed(undefined)
  const declared: Array<string> = []
  for (const part of parts) {
    if (part === "auto") continue
    const list: Read<string> = part.startsWith("@")
      ? textOf(part.slice(1), "a list of templates")
      : Result.succeed(part)
    if (Result.isFailure(list)) return Result.fail(list.failure)
    for (const line of list.success.split("\n")) {
      const template = line.trim()
      if (template === "" || template.startsWith("#")) continue
      const why = whyNoTemplate(template)
      if (why !== undefined)
        return Result.fail(`off, auto, templates such as /user/:name or @FILE; ${template}: ${why}`)
      declared.push(template)
    }
  }
  if (declared.length > limits.templatesDeclared) return Result.fail(`at most ${limits.templatesDeclared} templates`)
  return Result.succeed({
    ...(parts.includes("auto") ? { auto: 1 } : {}),
    ...(declared.length === 0 ? {} : { declared })
  })
}

/** Rules for traffic that is ignored; `@FILE` is a list of them. */
const ignoreOf = (text: string): Read<ReadonlyArray<IgnoreRule>> => {
  const lists: Array<string> = []
  for (const part of text.split(";").map((p) => p.trim())) {
    const list: Read<string> = part.startsWith("@") ? textOf(part.slice(1), "a list of rules") : Result.succeed(part)
    if (Result.isFailure(list)) return Result.fail(list.failure)
    lists.push(list.success)
  }
  const parsed = parseIgnore(lists.join("\n"))
  return parsed.ok
    ? Result.succeed(parsed.rules)
    : Result.fail(`rules such as health, static or path=/internal/* client=10.0.0.0/8; ${parsed.reason}`)
}

const headers: { readonly [name: string]: NonNullable<LineReading["client_from"]> } = {
  "x-forwarded-for": "forwarded",
  forwarded: "forwarded",
  "cf-connecting-ip": "real_client",
  "true-client-ip": "real_client",
  "x-real-ip": "real_client"
}

const headerOf = (text: string): Read<NonNullable<LineReading["client_from"]>> => {
  const found = headers[text.toLowerCase()]
  return found === undefined ? Result.fail(`one of ${Object.keys(headers).join(", ")}`) : Result.succeed(found)
}

export const readingFlags = {
  format: Flag.String("format").pipe(
    Flag.withMetavar("format"),
    Flag.withDescription(
      "Read all lines in this format: a name, or a format string from nginx's or Apache's configuration (default: detect it)"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_FORMAT")),
    flagOf("format", formatOf),
    Flag.optional
  ),
  formatFrom: Flag.String("format-from").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(
      "Read all lines in the log_format or LogFormat of this configuration; FILE:NAME picks one of several"
    ),
    flagOf("format-from", configuredFormat),
    Flag.optional
  ),
  trustedProxies: Flag.String("trusted-proxies").pipe(
    Flag.withMetavar("networks"),
    Flag.withDescription(
      "Trust these proxies to name the client: networks, the preset private, or @FILE with a list (default: none)"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_TRUSTED_PROXIES")),
    Flag.withDefault(""),
    flagOf("trusted-proxies", networksOf)
  ),
  urlTemplates: Flag.String("url-templates").pipe(
    Flag.withMetavar("templates"),
    Flag.withDescription(
      "Count URLs by template: auto replaces ids, dates and slugs (/user/:id); templates like /user/:name or @FILE come first; separate several with commas"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_URL_TEMPLATES")),
    Flag.withDefault("off"),
    flagOf("url-templates", templatesOf)
  ),
  ignore: Flag.String("ignore").pipe(
    Flag.withMetavar("rules"),
    Flag.withDescription(
      "Ignore requests that match a rule: health, monitors, static, bots, fields such as 'path=/internal/* client=10.0.0.0/8', or @FILE; separate several with ;"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_IGNORE")),
    Flag.withDefault(""),
    flagOf("ignore", ignoreOf)
  ),
  bots: Flag.Literals("bots", ["off", "apart"]).pipe(
    Flag.withDescription(
      "Record how many requests come from bots that declare themselves: apart counts them, off does not"
    ),
    Flag.withFallbackConfig(Config.Literals(["off", "apart"], "CHAUSSETTES_BOTS")),
    Flag.withDefault("off" as const)
  ),
  clientFrom: Flag.String("client-from").pipe(
    Flag.withMetavar("header"),
    Flag.withDescription(
      "Take the client from this header of a trusted proxy (default: X-Forwarded-For, else what the line has)"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_CLIENT_FROM")),
    flagOf("client-from", headerOf),
    Flag.optional
  )
} as const

export type ReadingFlagValues = Command.Command.Config.Infer<typeof readingFlags>

export const readingOf = (flags: ReadingFlagValues): LineReading => {
  const format = Option.getOrUndefined(Option.orElse(flags.format, () => flags.formatFrom))
  const clientFrom = Option.getOrUndefined(flags.clientFrom)
  return {
    version: 2,
    trusted: flags.trustedProxies,
    ...(clientFrom === undefined ? {} : { client_from: clientFrom }),
    ...(format === undefined ? {} : { format }),
    ...(flags.urlTemplates === undefined ? {} : { templates: flags.urlTemplates }),
    ...(flags.ignore.length === 0 ? {} : { ignore: { revision: 0, rules: flags.ignore } }),
    ...(flags.bots === "off" ? {} : { bots: declaredBots })
  }
}
