import { rejectWords } from "@chaussettes/domain"
import type { ParseTally } from "./tally.ts"

export const parseSchema = "chaussettes.parse.v1"

const most = <A>(map: ReadonlyMap<A, unknown>, of: (key: A) => number): ReadonlyArray<A> =>
  [...map.keys()].sort((a, b) => of(b) - of(a))

/** What `parse --json` prints. */
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
  seconds
})

const number = (n: number): string => n.toLocaleString("en")
const share = (n: number, of: number): string => (of === 0 ? "" : ` (${((100 * n) / of).toFixed(n === of ? 0 : 2)} %)`)

/** The result as people read it. */
export const textOf = (tally: ParseTally, files: number): string => {
  const { lines, parsed, formats, rejected } = tally
  const count = (n: number) => number(n).padStart(12)
  const text = [`${number(lines)} lines, ${number(parsed)} parse${share(parsed, lines)}\n`]
  for (const name of most(formats, (key) => formats.get(key)!)) text.push(`${count(formats.get(name)!)}  ${name}\n`)
  if (parsed < lines) text.push(`${number(lines - parsed)} do not${share(lines - parsed, lines)}\n`)
  for (const reason of most(rejected, (key) => rejected.get(key)!.lines)) {
    const { lines: n, examples } = rejected.get(reason)!
    text.push(`${count(n)}  ${reason}: ${rejectWords[reason]}\n`)
    for (const { file, line, text: example } of examples) {
      text.push(`${" ".repeat(14)}${files > 1 ? `${file}:` : "line "}${line}: ${example}\n`)
    }
  }
  return text.join("")
}
