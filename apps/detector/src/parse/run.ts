import { isFailure, usabilityOf, visibleJson } from "@chaussettes/domain"
import {
  type LineChunk,
  progress,
  readingOf,
  readLogFile,
  sizeOf,
  spoilExitCode,
  toUserFailure
} from "@chaussettes/service"
import { orderLogFiles } from "@chaussettes/service/log-order"
import { Effect } from "effect"
import type { ParseInput } from "./flags.ts"
import { jsonOf, textOf } from "./report.ts"
import { ParseTally } from "./tally.ts"

export const parse = Effect.fn("parse")(
  function* (input: ParseInput) {
    const { files, json } = input
    const startedMs = performance.now()
    // No line depends on another here, so the order given is as good as any.
    const { names } = yield* orderLogFiles(files, true)
    const bar = yield* progress({ what: "Parsing", unit: "bytes", total: sizeOf(names) })
    const tally = new ParseTally(input.examples, readingOf(input), input.fields)
    yield* Effect.tryPromise({ try: () => read(tally, names, bar.at), catch: toUserFailure })
    const rejected = Object.fromEntries([...tally.rejected].map(([reason, { lines }]) => [reason, lines]))
    if (isFailure(usabilityOf({ lines: tally.lines, late: 0, rejected }))) spoilExitCode()
    const seconds = Math.round(performance.now() - startedMs) / 1000
    const fields = tally.fields.map((line) => `${visibleJson(JSON.stringify(line))}\n`).join("")
    if (json) return { out: `${fields}${visibleJson(JSON.stringify(jsonOf(tally, seconds)))}\n`, err: "" }
    // Fields are for a program: what people read goes beside them.
    const beside = input.fields > 0
    const isTerminal = (beside ? process.stderr : process.stdout).isTTY
    const told = textOf(tally, names.length, names, isTerminal, readingFlagsIn(process.argv))
    return beside ? { out: fields, err: told } : { out: told, err: "" }
  },
  Effect.scoped,
  Effect.flatMap(({ out, err }) =>
    Effect.sync(() => {
      process.stdout.write(out)
      process.stderr.write(err)
    })
  )
)

const readingFlags = [
  "--format",
  "--format-from",
  "--trusted-proxies",
  "--client-from",
  "--url-templates",
  "--ignore",
  "--bots"
]

/** The flags of a command line that say how lines are read, with their values: the next command takes them, too. */
export const readingFlagsIn = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  args.flatMap((arg, i) => {
    if (readingFlags.includes(arg) && i + 1 < args.length) return [arg, args[i + 1]!]
    return readingFlags.some((flag) => arg.startsWith(`${flag}=`)) ? [arg] : []
  })

const read = async (tally: ParseTally, files: ReadonlyArray<string>, at: (bytes: number) => void): Promise<void> => {
  let bytesBefore = 0
  for (const file of files) {
    let line = 1
    let chunk: LineChunk | undefined
    tally.begin()
    for await (chunk of readLogFile(file)) {
      line += tally.add(chunk.bytes, chunk.start, chunk.end, file, line)
      at(bytesBefore + chunk.bytesRead)
    }
    bytesBefore += chunk?.bytesRead ?? 0
  }
}
