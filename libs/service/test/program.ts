import { createServer, type Server } from "node:http"
import { fileURLToPath } from "node:url"
import { type Program, type ProgramOptions, type Ran, run, start as startProgram } from "@chaussettes/testing"

export const fixtureFile = fileURLToPath(new URL("./fixture.ts", import.meta.url))

/** Starts the fixture's command line as a process; its standard input is the test's to write. */
export const start = (args: ReadonlyArray<string>, options: ProgramOptions = {}): Program =>
  startProgram(process.execPath, [fixtureFile, ...args], { ...options, input: "open" })

/** Runs it to its end. */
export const ran = (args: ReadonlyArray<string>, options: ProgramOptions = {}): Promise<Ran> =>
  run(process.execPath, [fixtureFile, ...args], { ...options, input: "" })

/** Something that listens on a port of its own. */
export const listening = (
  handler: Parameters<typeof createServer>[1] = () => {}
): Promise<{ server: Server; port: number }> =>
  new Promise((resolve) => {
    const server = createServer({}, handler)
    server.listen(0, "127.0.0.1", () => resolve({ server, port: (server.address() as { port: number }).port }))
  })
