import { cp, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Random } from "../../libs/domain/test/support/random.ts"
import { checkResult } from "./check.ts"
import { onCluster } from "./cluster/stage.ts"
import { withOutages } from "./faults.ts"
import { Feeder } from "./feeder.ts"
import { Detectors, run } from "./processes.ts"
import { Report } from "./report.ts"
import { onServer } from "./single.ts"
import { sizes } from "./trial.ts"

/**
 * The promise against real servers and real processes of the built command (`npm run build` first): one replay, during which
 * detectors and servers are killed, frozen and cut off; then WINDOWS, ALERTS and INCIDENTS must be what an undisturbed run gives.
 *
 * `npm run test:chaos -- [--cluster] [--size ci|full] [--seed N]`
 */
const { values } = parseArgs({
  options: {
    size: { type: "string", default: "ci" },
    seed: { type: "string", default: "1" },
    cluster: { type: "boolean", default: false }
  }
})
const size = sizes[values.cluster ? `cluster-${values.size}` : values.size]
if (size === undefined) throw new Error("--size is ci or full")
const seed = Number(values.seed)

const built = join(import.meta.dirname, "../../dist")
/** Longer than any pause here, so that only the lines decide and the result can be compared. */
const rules = ["--allowed-lateness", "60s", "--idle", "1h"]

const report = new Report()
const dir = await mkdtemp(join(tmpdir(), "chaussettes-chaos-"))
// A copy, so that a build meanwhile does not pull the program away from under the processes.
await cp(built, join(dir, "dist"), { recursive: true })
const program = join(dir, "dist", "chaussettes.mjs")
const stage = await (values.cluster ? onCluster : onServer)(program)
const watchdog = setTimeout(() => {
  report.check(`all of it within ${size.longestMs / 1000} s`, false)
  report.end()
  process.exit(1)
}, size.longestMs)
try {
  report.say(`size ${values.size}, seed ${seed}: ${size.lines} lines${values.cluster ? ", three servers" : ""}`)
  const generate = ["generate", "--output", "console", "--rate", "max", "--per-second", "10", "--seed", `${seed}`]
  const written = await run(program, [...generate, "--start", "2026-01-05T00:00:00Z", "--count", `${size.lines}`])
  const lines = withOutages(written.stdout)
  const file = join(dir, "access.log")
  await writeFile(file, lines)
  const { url } = stage.server
  const init = await run(program, ["init", "--server", url, "--wait", "60s", ...stage.init])
  if (init.code !== 0) throw new Error(`init ended with ${init.code}: ${init.stderr}`)

  const random = new Random(seed)
  const detectors = new Detectors(program, [...rules, "--lease", stage.lease])
  const sender = await stage.sender(join(dir, "growing.log"))
  const feeder = new Feeder(sender, lines, random)
  const { server, observer } = stage
  const trial = { program, size, random, server, detectors, feeder, observer, report }
  await stage.play(trial)
  report.say("the end")
  await checkResult(trial, { file, rules })
} finally {
  clearTimeout(watchdog)
  await stage.stop()
  await rm(dir, { recursive: true, force: true })
}
report.end()
process.exit(report.failed === 0 ? 0 : 1)
