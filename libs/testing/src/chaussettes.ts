import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { hasProgram, type Program, type ProgramOptions, type Ran, run, start } from "./program.ts"

export const projectFolder = fileURLToPath(new URL("../../../", import.meta.url))

/** The command from source; Node runs it as it is. */
export const mainFile = join(projectFolder, "apps", "cli", "src", "main.ts")

/** The command from source, as a process beside the test. */
export const startChaussettes = (args: ReadonlyArray<string>, options?: ProgramOptions): Program =>
  start(process.execPath, [mainFile, ...args], { cwd: projectFolder, ...options })

/** The command from source, to its end. */
export const chaussettes = (args: ReadonlyArray<string>, options?: ProgramOptions): Promise<Ran> =>
  run(process.execPath, [mainFile, ...args], { cwd: projectFolder, ...options })

/** The stock `nats` CLI, to its end. */
export const nats = (args: ReadonlyArray<string>, options?: ProgramOptions): Promise<Ran> => run("nats", args, options)

/** Tests with the stock CLI need it on PATH: `go install github.com/nats-io/natscli/nats@v0.5.0`. */
export const hasNatsCli = hasProgram("nats")
