/**
 * `npm run test:rotations [-- --rotations 1000 --kills 100 --seed 1 --kept 150]`: logs are rotated in every way while ship and server are
 * killed at random moments; exits 1 if a line is lost or came twice. A small storm runs with the tests. With `--hasty --kept 6` rotated
 * files are removed before they are sent: then of the lost lines all are `removed`.
 */
import { parseArgs } from "node:util"
import { storm } from "./rotations.ts"

const { values } = parseArgs({
  options: {
    rotations: { type: "string", default: "1000" },
    kills: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    kept: { type: "string" },
    hasty: { type: "boolean", default: false }
  }
})
const outcome = await storm({
  rotations: Number(values.rotations),
  kills: Number(values.kills),
  seed: Number(values.seed),
  ...(values.kept === undefined ? {} : { kept: Number(values.kept) }),
  isHasty: values.hasty,
  say: (text) => void process.stderr.write(`${text}\n`)
})
const { log, ...figures } = outcome
process.stdout.write(`${JSON.stringify(figures)}\n`)
if (outcome.lost + outcome.twice > 0) {
  process.stderr.write(log)
  process.exitCode = 1
}
