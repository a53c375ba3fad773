import { type ChildProcess, spawn } from "node:child_process"
import { failed, type UserFailure } from "@chaussettes/service"
import { Effect, type Scope } from "effect"
import { type Entry, entryOf } from "./entry.ts"
import { journalLimits } from "./limits.ts"

const LF = 10

/** Cuts a stream of bytes into rows, without their LF. A row beyond `mostBytes` is left out, and `undefined` stands for it. */
export class Rows {
  readonly #mostBytes: number
  #pieces: Array<Uint8Array> = []
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  *push(chunk: Uint8Array): Generator<Uint8Array | undefined> {
    let at = 0
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, at)) {
      this.#keep(chunk.subarray(at, end))
      yield this.#bytes > this.#mostBytes ? undefined : Buffer.concat(this.#pieces)
      this.#pieces = []
      this.#bytes = 0
      at = end + 1
    }
    this.#keep(chunk.subarray(at))
  }

  #keep(piece: Uint8Array): void {
    this.#bytes += piece.length
    if (this.#bytes > this.#mostBytes) this.#pieces = []
    else if (piece.length > 0) this.#pieces.push(piece)
  }
}

const command = "journalctl"

/** All fields of a row but the message are left out, and no message is, however long. */
const output = ["--output=json", "--output-fields=MESSAGE", "--all", "--quiet", "--no-pager"]

const notThere = (error: unknown): UserFailure =>
  failed(
    `${command} cannot be run: ${error instanceof Error ? error.message : String(error)}. --journald needs systemd's journal on this machine.`,
    error
  )

/** Which of the journal's entries are read. */
export interface Wanted {
  readonly units: ReadonlyArray<string>
  /** Begin with this entry; where the journal does not hold it any more, with the one that follows. Without it, with the oldest. */
  readonly cursor: string | undefined
}

const unitEnding = /\.(service|socket|mount|timer|scope|slice|path|target)$/

const argumentsOf = ({ units, cursor }: Wanted): ReadonlyArray<string> => [
  ...output,
  // Not --unit: that adds what systemd says of the unit.
  ...units.map((unit) => `_SYSTEMD_UNIT=${unitEnding.test(unit) ? unit : `${unit}.service`}`),
  // Not --after-cursor: where the entry is gone, some versions of journalctl pass over the one that follows it, too.
  ...(cursor === undefined ? [] : [`--cursor=${cursor}`])
]

interface Running {
  readonly child: ChildProcess
  /** Why it ended, in its own words. */
  readonly ended: Promise<string>
}

const launch = (args: ReadonlyArray<string>): Effect.Effect<Running, UserFailure, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Running, UserFailure>((resume) => {
      const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] })
      let said = ""
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said = `${said}${text}`.slice(-journalLimits.keptErrorChars)
      })
      const ended = new Promise<string>((resolve) => {
        child.once("close", (code, signal) => {
          const how = signal === null ? `with exit code ${code}` : `by ${signal}`
          resolve([how, said.trim().split("\n").at(-1)].filter((part) => part).join(": "))
        })
      })
      child.once("error", (error) => resume(Effect.fail(notThere(error))))
      child.once("spawn", () => resume(Effect.succeed({ child, ended })))
    }),
    ({ child, ended }) =>
      Effect.promise(async () => {
        child.kill("SIGTERM")
        child.stdout?.resume()
        await ended
      })
  )

/**
 * Follows the journal until journalctl ends, and answers why that was. `take` gets each entry in its order, and may keep the next ones
 * waiting; `undefined` stands for an entry that is too large.
 */
export const followJournal = (
  wanted: Wanted,
  take: (entry: Entry | undefined) => Promise<void>
): Effect.Effect<string, UserFailure> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { child, ended } = yield* launch([...argumentsOf(wanted), "--follow", "--no-tail"])
      return yield* Effect.promise(async () => {
        const rows = new Rows(journalLimits.bytesARow)
        for await (const chunk of child.stdout!) {
          for (const row of rows.push(chunk as Buffer)) {
            const entry = row === undefined ? undefined : entryOf(row)
            if (row === undefined || entry !== undefined) await take(entry)
          }
        }
        return ended
      })
    })
  )

/** The newest entry; undefined where there is none. */
export const newestEntry = Effect.fn("newestEntry")(
  function* (units: ReadonlyArray<string>) {
    const { child } = yield* launch([...argumentsOf({ units, cursor: undefined }), "--lines=1"])
    return yield* Effect.promise(async () => {
      const rows = new Rows(journalLimits.bytesARow)
      let newest: Entry | undefined
      for await (const chunk of child.stdout!) {
        for (const row of rows.push(chunk as Buffer)) newest = (row && entryOf(row)) ?? newest
      }
      return newest
    })
  },
  Effect.scoped,
  Effect.timeoutOrElse({
    duration: journalLimits.askMs,
    orElse: () =>
      Effect.fail(
        failed(
          `${command} did not print the newest entry of the journal within ${journalLimits.askMs / 1000} s. Check \`journalctl --lines=1\`.`
        )
      )
  })
)
