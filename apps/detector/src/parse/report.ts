import { rejectWords, rfc3339, shellWord } from "@chaussettes/domain"
import { formatSpan } from "@chaussettes/service"
import { patternOf } from "./format.ts"
import type { Fields, ParseTally } from "./tally.ts"

const parseSchema = "chaussettes.parse.v1"

const most = <A>(map: ReadonlyMap<A, unknown>, of: (key: A) => number): ReadonlyArray<A> =>
  [...map.keys()].sort((a, b) => of(b) - of(a))

const byCount = (counts: ReadonlyMap<string, number>): ReadonlyArray<readonly [string, number]> =>
  [...counts].sort(([, a], [, b]) => b - a)

/** What `parse --json` prints; with `--fields` a line for each of the lines before it. */
export const jsonOf = (tally: ParseTally, seconds: number) => ({
  schema: parseSchema,
  lines: tally.lines,
  parsed: tally.parsed,
  formats: Object.fromEntries(
    most(tally.formats, (name) => tally.formats.get(name)!).map((name) => [name, tally.formats.get(name)!])
  ),
  rejected: Object.fromEntries(
    most(tally.rejected, (reason) => tally.rejected.get(reason)!.lines).map((reason) => [
      reason,
      { why: rejectWords[reason], ...tally.rejected.get(reason)! }
    ])
  ),
  templates: Object.fromEntries(byCount(tally.templates)),
  ignored: Object.fromEntries(byCount(tally.ignored)),
  times:
    tally.parsed === 0
      ? null
      : {
          first: rfc3339(tally.times.firstMs),
          last: rfc3339(tally.times.lastMs),
          behind: tally.times.behind,
          most_behind_ms: tally.times.mostBehindMs
        },
  proxy: tally.proxy === undefined ? null : { client: tally.proxy.client, share: tally.proxy.share },
  samples: Object.fromEntries([...tally.samples].map(([name, { fields }]) => [name, fields])),
  seconds
})

const number = (n: number): string => n.toLocaleString("en")
const share = (n: number, of: number): string => (of === 0 ? "" : ` (${((100 * n) / of).toFixed(n === of ? 0 : 2)} %)`)

const bold = (text: string, colours: boolean): string => (colours ? `\u001b[1m${text}\u001b[0m` : text)

/** What a line of a format says, a field a line. */
const sampleOf = ({ fields }: { readonly fields: Fields }, colours: boolean): string =>
  [
    ["client", fields.client ?? "unknown"],
    ["time", fields.time],
    ["method", fields.method ?? "none"],
    ["URL", fields.url ?? "none"],
    ...(fields.template === undefined ? [] : [["template", fields.template]]),
    ["status", fields.status === 0 ? "none was sent" : `${fields.status}`],
    ["size", fields.size === null ? "not said" : `${fields.size}`]
  ]
    .map(
      ([name, value]) =>
        `${" ".repeat(16)}${bold(name!.padEnd(fields.template === undefined ? 8 : 10), colours)}${value}\n`
    )
    .join("")

/** Reasons that are told; what is rejected more seldom is only in the JSON. */
const reasonsTold = 5

/** The result as people read it. */
export const textOf = (
  tally: ParseTally,
  files: number,
  names: ReadonlyArray<string> = ["FILE"],
  colours = false,
  flags: ReadonlyArray<string> = []
): string => {
  const { lines, parsed, formats, rejected, samples } = tally
  const count = (n: number) => number(n).padStart(12)
  const text = [`${number(lines)} lines, ${number(parsed)} parse${share(parsed, lines)}\n`]
  for (const name of most(formats, (key) => formats.get(key)!)) {
    const sample = samples.get(name)!
    const pattern = sample.spec.name === "pattern" ? patternOf(sample.spec) : undefined
    text.push(`${count(formats.get(name)!)}  ${name}${pattern === undefined ? "" : `: ${pattern}`}\n`)
    text.push(`${" ".repeat(14)}${sample.text}\n${sampleOf(sample, colours)}`)
  }
  if (parsed < lines) text.push(`${number(lines - parsed)} do not${share(lines - parsed, lines)}\n`)
  for (const reason of most(rejected, (key) => rejected.get(key)!.lines).slice(0, reasonsTold)) {
    const { lines: n, examples } = rejected.get(reason)!
    text.push(`${count(n)}  ${reason}: ${rejectWords[reason]}\n`)
    for (const { file, line, text: example, nearest } of examples) {
      text.push(`${" ".repeat(14)}${files > 1 ? `${file}:` : "line "}${line}: ${example}\n`)
      if (nearest !== undefined) text.push(`${" ".repeat(16)}${nearest}\n`)
    }
  }
  return `${text.join("")}${templatesOf(tally)}${ignoredOf(tally)}${timesOf(tally)}${adviceOf(tally, names, flags)}`
}

/** Templates that are told; the others are only in the JSON. */
const templatesTold = 10

const templatesOf = ({ templates, parsed }: ParseTally): string => {
  if (templates.size === 0) return ""
  const total = [...templates.values()].reduce((sum, n) => sum + n, 0)
  const told = byCount(templates).slice(0, templatesTold)
  const rest = templates.size > told.length ? ", of which the most frequent are" : ""
  const names = told.map(([template, n]) => `${number(n).padStart(12)}  ${template}\n`)
  return `${number(total)} count under ${number(templates.size)} ${templates.size === 1 ? "template" : "templates"}${share(total, parsed)}${rest}\n${names.join("")}`
}

/** What the rules that were given would take out, and which of them. */
const ignoredOf = ({ ignored, parsed }: ParseTally): string => {
  if (ignored.size === 0) return ""
  const total = [...ignored.values()].reduce((sum, n) => sum + n, 0)
  const rules = byCount(ignored).map(([rule, n]) => `${number(n).padStart(12)}  ${rule}\n`)
  return `${number(total)} would be ignored${share(total, parsed)}\n${rules.join("")}`
}

const timesOf = ({ parsed, times }: ParseTally): string => {
  if (parsed === 0) return ""
  const order =
    times.behind === 0
      ? "in order"
      : `${number(times.behind)} lines older than an earlier one, by ${formatSpan(Math.ceil(times.mostBehindMs / 1000) * 1000)} at most`
  return `From ${rfc3339(times.firstMs)} to ${rfc3339(times.lastMs)}, ${order}\n`
}

/** What to do next, and whether the client is who it seems. */
const adviceOf = (tally: ParseTally, files: ReadonlyArray<string>, flags: ReadonlyArray<string>): string => {
  const { proxy, parsed, lines, times } = tally
  const names = [...files, ...flags].map(shellWord).join(" ")
  if (parsed === 0) {
    if (lines === 0) return "It has no lines.\n"
    const control = tally.rejected.get("control")?.lines ?? 0
    return control * 2 > lines
      ? "It is binary data, not text. If it is compressed or encrypted, unpack it first: PROGRAM … | chaussettes parse -\n"
      : "No line parses. Declare the format: --format with the log_format of nginx or the LogFormat of Apache, or --format-from with the configuration.\n"
  }
  let text = ""
  if (proxy !== undefined) {
    const percent = (proxy.share * 100).toFixed(0)
    const networks = proxy.isPrivate ? "private" : proxy.client
    text +=
      `WARNING: ${proxy.client} has sent ${percent} % of the requests and looks like a proxy, so that all its clients are one.\n` +
      `  Give --trusted-proxies ${networks}, and log X-Forwarded-For after the user agent if it is not logged yet.\n`
  }
  if (
    tally.rejected.get("client")?.examples.some(({ text: line }) => /^\S+\s+\S+ - /.test(line)) === true &&
    !tally.trusts
  ) {
    text +=
      "The lines have two addresses side by side: name your proxies with --trusted-proxies, or what each is with --format.\n"
  }
  const lateness =
    times.mostBehindMs > 3_600_000
      ? ` --allowed-lateness ${formatSpan(Math.ceil(times.mostBehindMs / 60_000) * 60_000)}`
      : ""
  return `${text}Next: chaussettes analyze ${names}${lateness}\n`
}
