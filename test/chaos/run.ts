import { cp, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { startProxy, startServer } from "@chaussettes/jetstream/testing"
import { Random } from "../../libs/domain/test/support/random.ts"
import { checkResult } from "./check.ts"
import { withOutages } from "./faults.ts"
import { Feeder } from "./feeder.ts"
import { Observer } from "./observer.ts"
import { disturbNetwork, freezeDetector, killDetectors, killServer, type Phase, twoDetectors } from "./phases.ts"
import { Detectors, run } from "./processes.ts"
import { Report } from "./report.ts"
import { sizes, type Trial } from "./trial.ts"

/**
 * The promise against a real server and real processes of the built command (`npm run build` first): one replay, during which
 * detectors and server are killed, frozen and cut off; then WINDOWS, ALERTS and INCIDENTS must be what an undisturbed run gives.
 *
 * `npm run test:chaos -- [--size ci|full] [--seed N]`
 */
const { values } = parseArgs({
  options: { size: { type: "string", default: "ci" }, seed: { type: "string", default: "1" } }
})
const size = sizes[values.size]
if (size === undefined) throw new Error(`--size is one of ${Object.keys(sizes).join(", ")}`)
const seed = Number(values.seed)

const built = join(import.meta.dirname, "../../dist")
/** Longer than any pause here, so that only the lines decide and the result can be compared. */
const rules = ["--allowed-lateness", "60s", "--idle", "1h"]
const longestMs = 240_000 * (size.detectorKills / 100)

/** The parts of the trial, and how much of the file is replayed during each. */
const phases: ReadonlyArray<readonly [name: string, share: number, phase: Phase]> = [
  ["detectors are killed", 0.5, killDetectors],
  ["the server is killed", 0.2, killServer],
  ["two detectors", 0.1, twoDetectors],
  ["a frozen detector", 0.1, freezeDetector],
  ["a bad network", 0.1, disturbNetwork]
]

const report = new Report()
const dir = await mkdtemp(join(tmpdir(), "chaussettes-chaos-"))
// A copy, so that a build meanwhile does not pull the program away from under the processes.
await cp(built, join(dir, "dist"), { recursive: true })
const program = join(dir, "dist", "chaussettes.mjs")
const server = await startServer()
const proxy = await startProxy(server.port)
const observer = new Observer(server.url)
const watchdog = setTimeout(() => {
  report.check(`all of it within ${longestMs / 1000} s`, false)
  report.end()
  process.exit(1)
}, longestMs)
try {
  report.say(`size ${values.size}, seed ${seed}: ${size.lines} lines`)
  const generate = ["generate", "--output", "console", "--rate", "max", "--per-second", "10", "--seed", `${seed}`]
  const written = await run(program, [...generate, "--start", "2026-01-05T00:00:00Z", "--count", `${size.lines}`])
  const lines = withOutages(written.stdout)
  const file = join(dir, "access.log")
  await writeFile(file, lines)
  const init = await run(program, ["init", "--server", server.url])
  if (init.code !== 0) throw new Error(`init ended with ${init.code}: ${init.stderr}`)

  const random = new Random(seed)
  const detectors = new Detectors(program, [...rules, "--lease", "300ms"])
  const feeder = new Feeder(program, server.url, lines, random)
  const trial: Trial = { program, size, random, server, proxy, detectors, feeder, observer, report }
  let share = 0
  for (const [name, part, phase] of phases) {
    report.say(name)
    await phase(trial, share, share + part)
    share += part
  }
  report.say("the end")
  await checkResult(trial, { file, rules })
} finally {
  clearTimeout(watchdog)
  await observer.close()
  await proxy.close()
  await server.stop()
  await rm(dir, { recursive: true, force: true })
}
report.end()
process.exit(report.failed === 0 ? 0 : 1)
