import { Session } from "node:inspector"

interface Coverage {
  readonly result: ReadonlyArray<{
    readonly url: string
    readonly functions: ReadonlyArray<{ readonly ranges: ReadonlyArray<{ readonly count: number }> }>
  }>
}

/** Begun before anything is run: what V8 has made fast by then it would not count. */
const session = new Session()
session.connect()

const post = (method: string, params: object = {}) =>
  new Promise<object>((resolve, reject) =>
    session.post(method, params, (error, result) => (error === null ? resolve(result as object) : reject(error)))
  )

await post("Profiler.enable")
await post("Profiler.startPreciseCoverage", { callCount: true, detailed: true })

const counted = async () => ((await post("Profiler.takePreciseCoverage")) as Coverage).result

/**
 * How much work the code under test does: how often its blocks are run, as V8 counts them for coverage. Unlike a time it is the same on a busy
 * machine, so that two sizes can be compared.
 *
 * @param sources only blocks of the files whose path is like this
 */
export const workOf = async (sources: RegExp, run: () => unknown): Promise<number> => {
  await counted()
  await run()
  let work = 0
  for (const { url, functions } of await counted()) {
    if (!sources.test(url)) continue
    for (const { ranges } of functions) for (const { count } of ranges) work += count
  }
  return work
}
