import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { Connection, LogsReader, layerLogsReader } from "@chaussettes/jetstream"
import { type Program, start, startChaussettes, until } from "@chaussettes/testing"
import { Effect, Layer, Redacted, Stream } from "effect"

/** Real programs that send lines, each with a folder, a configuration and a source of its own. */

/** Where Debian keeps programs that are not for every user. */
const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"]

/** The program's path; undefined where it is not there. */
export const programPath = (name: string): string | undefined =>
  folders.map((folder) => join(folder, name)).find((path) => existsSync(path))

export interface Bench {
  readonly folder: string
  /** Writes a file of the folder; answers its path. */
  readonly file: (name: string, text: string) => string
  readonly run: (command: string, args: ReadonlyArray<string>, env?: NodeJS.ProcessEnv) => Program
  /** Starts `ship` with these flags; answers the port of a protocol. */
  readonly ship: (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv) => Promise<(protocol: string) => number>
  readonly end: () => Promise<void>
}

export const bench = (): Bench => {
  const folder = mkdtempSync(join(tmpdir(), "chaussettes-programs-"))
  const programs: Array<Program> = []
  const kept = (program: Program): Program => {
    programs.push(program)
    return program
  }
  return {
    folder,
    file: (name, text) => {
      const path = join(folder, name)
      writeFileSync(path, text)
      return path
    },
    run: (command, args, env) => kept(start(command, args, { cwd: folder, ...(env === undefined ? {} : { env }) })),
    ship: async (args, env) => {
      const program = kept(startChaussettes(["ship", ...args], { env }))
      await until("ship listens", () => program.stderr().includes("taking lines on"), { seen: program.stderr })
      return (protocol) => Number(new RegExp(`${protocol}://[^\\s,]+:(\\d+)`).exec(program.stderr())?.[1])
    },
    end: async () => {
      for (const program of programs.reverse()) await program.stop("SIGTERM")
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** The lines of a source in LOGS, in their order; read as the operator. */
export const linesOfSource = (source: string, url: string, password: string): Promise<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const reader = yield* LogsReader
    const { lastSeq } = yield* reader.state
    if (lastSeq === 0) return []
    const reads = yield* Stream.runCollect(reader.read({ fromSeq: 1, throughSeq: lastSeq, source }))
    return reads.flatMap(({ batch }) =>
      Array.from({ length: batch.messages }, (_, i) =>
        Buffer.from(batch.bytes.slice(batch.offsets[i], batch.offsets[i + 1]))
          .toString()
          .split("\n")
          .filter((line) => line !== "")
      ).flat()
    )
  }).pipe(
    Effect.provide(
      Layer.provide(
        layerLogsReader,
        Connection.layer({
          servers: [url],
          name: "test",
          user: "operator",
          password: Redacted.make(password),
          inboxPrefix: "_INBOX_operator"
        })
      )
    ),
    Effect.runPromise
  )
