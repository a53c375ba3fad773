import { join } from "node:path"
import { builtFolder, projectFolder } from "./folders.ts"
import { hasProgram, type Program, type ProgramOptions, type Ran, run, start } from "./program.ts"

/** The command as a bundle of the sources as they are: it starts in a third of the time that these take, and tests start it a thousand times. */
export const mainFile = join(builtFolder, "main.mjs")

/** The command, as a process beside the test. */
export const startChaussettes = (args: ReadonlyArray<string>, options?: ProgramOptions): Program =>
  start(process.execPath, [mainFile, ...args], { cwd: projectFolder, ...options })

/** The command, to its end. */
export const chaussettes = (args: ReadonlyArray<string>, options?: ProgramOptions): Promise<Ran> =>
  run(process.execPath, [mainFile, ...args], { cwd: projectFolder, ...options })

/** The stock `nats` CLI, to its end. */
export const nats = (args: ReadonlyArray<string>, options?: ProgramOptions): Promise<Ran> => run("nats", args, options)

/** Tests with the stock CLI need it on PATH: `go install github.com/nats-io/natscli/nats@v0.5.0`. */
export const hasNatsCli = hasProgram("nats")
