import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { eventually } from "../observer.ts"
import type { ClusterTrial, Phase } from "../trial.ts"
import { goesOn, leaderOf, readyMs, rounds } from "./phases.ts"

/** Waits until everything is on three servers again: a copy that lost something has been made whole by the others. */
const whole = async ({ observer, report }: ClusterTrial, what: string): Promise<void> => {
  const tookMs = await eventually(readyMs, () => observer.copiesAreComplete())
  report.check(`${what}: its copies were made whole (${Math.round(tookMs ?? readyMs)} ms)`, tookMs !== undefined)
}

/**
 * What a power cut takes of one server: all that it has written since some moment, acknowledged or not. It comes back with the store that
 * it had before lines were stored and windows decided.
 */
export const losePower: Phase<ClusterTrial> = async (trial, fromShare, toShare) => {
  const { cluster } = trial
  const step = (toShare - fromShare) / trial.size.rounds
  await rounds(trial, [fromShare, toShare], "a server lost what it had stored last", async (round) => {
    const struck = await leaderOf(trial, round)
    const store = cluster.storeDir(struck)
    const before = `${store}.before`
    await cluster.kill(struck)
    cpSync(store, before, { recursive: true })
    cluster.restart(struck)
    await goesOn(trial, fromShare + step * (round + 0.75))
    await whole(trial, "before its power is cut")
    await cluster.kill(struck)
    rmSync(store, { recursive: true })
    cpSync(before, store, { recursive: true })
    rmSync(before, { recursive: true })
    cluster.restart(struck)
    await whole(trial, "a server whose power was cut")
  })
}

/** Bytes in the middle of what one server holds of LOGS, WINDOWS and ALERTS are others than were written. */
export const damageFile: Phase<ClusterTrial> = async (trial, fromShare, toShare) => {
  const { cluster, report } = trial
  let damaged = 0
  await rounds(trial, [fromShare, toShare], "files of a server were damaged", async (round) => {
    const struck = await leaderOf(trial, round)
    await cluster.kill(struck)
    for (const stream of ["LOGS", "WINDOWS", "ALERTS"]) {
      const folder = join(cluster.storeDir(struck), "jetstream", "$G", "streams", stream, "msgs")
      for (const name of readdirSync(folder).filter((file) => file.endsWith(".blk"))) {
        const bytes = readFileSync(join(folder, name))
        const middle = bytes.length >> 1
        for (let at = middle; at < Math.min(middle + 64, bytes.length); at++) bytes[at]! ^= 0xff
        writeFileSync(join(folder, name), bytes)
        if (bytes.length > 0) damaged++
      }
    }
    cluster.restart(struck)
    await whole(trial, "a server whose files were damaged")
  })
  report.check(`${damaged} files were damaged`, damaged > 0)
}
