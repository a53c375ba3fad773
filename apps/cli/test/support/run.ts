import { spawn, spawnSync } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { projectFolder } from "./server.ts"

/** The sources are compiled once for all the processes of the tests. */
export const compiled = { NODE_COMPILE_CACHE: join(tmpdir(), "chaussettes-test-compiled") }

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Both, in the order in which they came. */
  readonly output: string
}

/** Runs a program to its end and takes what it writes. */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {}
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? projectFolder,
      env: { ...process.env, ...compiled, ...options.env },
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"]
    })
    let [stdout, stderr, output] = ["", "", ""]
    child.stdout!.on("data", (chunk: Buffer) => {
      stdout += chunk
      output += chunk
    })
    child.stderr!.on("data", (chunk: Buffer) => {
      stderr += chunk
      output += chunk
    })
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, stdout, stderr, output }))
    if (options.input !== undefined) child.stdin!.end(options.input)
  })

export const mainFile = join(projectFolder, "apps", "cli", "src", "main.ts")

/** The command, from source. */
export const chaussettes = (
  args: ReadonlyArray<string>,
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {}
): Promise<Ran> => run(process.execPath, [mainFile, ...args], options)

/** The stock `nats` CLI, without anything of this user's own contexts. */
export const nats = (args: ReadonlyArray<string>): Promise<Ran> =>
  run("nats", args, { env: { NATS_CONTEXT: "", NATS_URL: "", NATS_USER: "", NATS_PASSWORD: "" } })

/** Tests with the stock CLI need it on PATH: `go install github.com/nats-io/natscli/nats@v0.5.0`. */
export const hasNatsCli = spawnSync("nats", ["--version"]).status === 0
