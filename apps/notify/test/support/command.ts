import { type ChildProcess, spawn } from "node:child_process"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../../../cli/src/main.ts", import.meta.url))

export interface Running {
  readonly child: ChildProcess
  readonly stderr: () => string
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
  readonly kill: () => Promise<void>
}

const living = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL")
})

/** `chaussettes notify …` from source, as a process of its own. */
export const notify = (server: string, args: ReadonlyArray<string>): Running => {
  const child = spawn(process.execPath, [main, "notify", "--server", server, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    stdio: ["ignore", "ignore", "pipe"]
  })
  living.add(child)
  let stderr = ""
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
  })
  const ended = new Promise<number | string>((resolve) =>
    child.once("close", (code, signal) => {
      living.delete(child)
      resolve(code ?? signal!)
    })
  )
  return {
    child,
    stderr: () => stderr,
    ended,
    kill: async () => {
      child.kill("SIGKILL")
      await ended
    }
  }
}

/** Polls until there is a value; fails with what it waited for. */
export const until = async <A>(
  what: string,
  poll: () => Promise<A | undefined> | A | undefined,
  limitMs = 20_000,
  seen: () => string = () => ""
): Promise<A> => {
  const deadlineMs = Date.now() + limitMs
  for (;;) {
    const value = await poll()
    if (value !== undefined) return value
    if (Date.now() > deadlineMs) throw new Error(`waited ${limitMs} ms for ${what}\n${seen()}`)
    await delay(10)
  }
}
