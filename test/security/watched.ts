import { spawn } from "node:child_process"
import { setTimeout as delay } from "node:timers/promises"
import { asOperator, mostLateMs, mostSilentMs, watch } from "./watch.ts"

/*
 * Runs a command that attacks a system with the default windows, and fails where a part was silent or a decision late meanwhile.
 *
 *   node watched.ts OPERATOR-CONTEXT COMMAND...
 */

/** The defaults of `detect`: a window, and what it waits for once it is over. */
const [windowMs, latenessMs] = [10_000, 5_000]

const [, , context, command, ...args] = process.argv
if (context === undefined || command === undefined) throw new Error("Give the operator's context and a command.")
const operator = await asOperator(context)
const stop = watch(operator, {})
const attacking = spawn(command, args, { stdio: "inherit" })
const code = await new Promise((resolve) => attacking.once("exit", resolve))
// The last window that was open while the attack went on.
await delay(windowMs)
const seen = await stop()
await operator.close()
console.log(JSON.stringify(seen))
if (code !== 0) throw new Error(`The attack itself ended with ${code}.`)
if (seen.silent.ms > mostSilentMs) throw new Error(`${seen.silent.part} was silent for ${seen.silent.ms} ms.`)
if (seen.decisions === 0) throw new Error("Nothing was decided.")
if (seen.latestDecisionMs > latenessMs + mostLateMs) {
  throw new Error(`A window was decided ${seen.latestDecisionMs} ms after its end.`)
}
