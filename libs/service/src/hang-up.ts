import { readFileSync, readlinkSync } from "node:fs"
import { basename } from "node:path"

/** GNU nohup replaces a terminal on standard input by something that cannot be read. */
const hasUnreadableInput = (): boolean => {
  try {
    const flags = /^flags:\s+(\d+)/m.exec(readFileSync("/proc/self/fdinfo/0", "utf8"))?.[1]
    return readlinkSync("/proc/self/fd/0") === "/dev/null" && (Number.parseInt(flags ?? "0", 8) & 3) === 1
  } catch {
    return false
  }
}

/**
 * Whether `nohup` runs this. Node takes back what nohup says to the system (each signal does again what it does by default), so it is
 * known by what else it leaves: the shell's `_`, which names the command that was called, and the standard input.
 */
const isUnderNohup = (env: NodeJS.ProcessEnv): boolean => basename(env._ ?? "") === "nohup" || hasUnreadableInput()

/** A terminal that goes away ends the program like Ctrl-C, drained; under nohup it goes on. */
export const endWithTerminal = (): void => {
  process.on("SIGHUP", isUnderNohup(process.env) ? () => undefined : () => process.kill(process.pid, "SIGTERM"))
}
