import { existsSync } from "node:fs"
import { basename } from "node:path"
import { sourceOf } from "../flags.ts"
import { shipLimits } from "./limits.ts"
import { findLogs, Listing } from "./members.ts"

/** A path as a pattern that matches it alone. */
const literal = (path: string): string => path.replace(/[*?[\]{}()!+@]/g, (char) => `[${char}]`)

/** What was named is a file before it is a pattern. */
export const patternsOf = (named: ReadonlyArray<string>): ReadonlyArray<string> =>
  named.map((text) => (existsSync(text) ? literal(text) : text))

/** The source of each log where the name of the source holds the log's: `{name}` is the file's name without its ending. */
export const sourcesOf = async (
  template: string,
  patterns: ReadonlyArray<string>
): Promise<ReadonlyMap<string, ReadonlyArray<string>>> => {
  const sources = new Map<string, Array<string>>()
  for (const path of await findLogs(patterns, new Listing(() => false))) {
    const source = sourceOf(template.replace("{name}", basename(path).replace(/\.[A-Za-z]+$/, "")))
    const own = sources.get(source)
    if (own !== undefined) own.push(literal(path))
    else if (sources.size < shipLimits.sources) sources.set(source, [literal(path)])
  }
  return sources
}
