import type { Writable } from "node:stream"
import { LogsWriter, type StoreError } from "@chaussettes/jetstream"
import { outputFailure, type UserFailure } from "@chaussettes/service"
import { Effect, Layer, Option, type Scope } from "effect"
import { say } from "../say.ts"
import type { GenerateInput } from "./flags.ts"

/** Where generated lines go. */
export interface Output {
  readonly name: "nats" | "console"
  /** Takes lines, LF between them; waits while its receiver is behind. */
  readonly write: (payload: Uint8Array) => Effect.Effect<void, StoreError | UserFailure>
  /** Takes what a `write` that was interrupted has not taken. */
  readonly writeAgain: (payload: Uint8Array) => Effect.Effect<void, StoreError>
  /** Nothing comes behind what was written: the detector need not wait for more. */
  readonly end: Effect.Effect<void, StoreError>
  /** All that was written has arrived; answers the last sequence, where there is one. */
  readonly flush: Effect.Effect<number | null, StoreError>
}

/** Into LOGS as `source`. */
const natsOutput = (source: string): Effect.Effect<Output, never, LogsWriter> =>
  Effect.map(LogsWriter, (writer) => ({
    name: "nats",
    write: (payload) => writer.publish(source, { payload }),
    // It was waiting for room, so nothing of it was sent.
    writeAgain: (payload) => writer.publish(source, { payload }),
    end: writer.publish(source, { payload: new Uint8Array(0), watermark: "end" }),
    flush: writer.flush
  }))

const lineEnd = new Uint8Array([10])

/**
 * To standard output, an LF behind each line. When its reader is gone (`… | head`) nothing more is taken: the program's shell
 * (`runMain`) ends the command then, as Ctrl-C does.
 */
export const consoleOutput = (stream: Writable = process.stdout): Output => ({
  name: "console",
  write: (payload) =>
    Effect.callback<void, UserFailure>((resume) => {
      stream.write(Buffer.concat([payload, lineEnd]), (error) => {
        if (!error) resume(Effect.void)
        else if (!isReaderGone(error)) {
          resume(Effect.fail(outputFailure(error)))
        }
      })
    }),
  // The stream has it already and was only being waited for.
  writeAgain: () => Effect.void,
  end: Effect.void,
  flush: Effect.succeed(null)
})

/** The pipe is broken, or was found to be by an earlier write. */
const isReaderGone = (error: NodeJS.ErrnoException): boolean =>
  error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED"

/**
 * The output that is asked for. Where none is, the server; and the console, with a notice, where no server can be reached.
 * @param writer connects, and is closed with the scope
 */
export const chooseOutput = <R>(
  flags: Pick<GenerateInput, "output" | "source"> & { readonly nats: { readonly server: string } },
  writer: Layer.Layer<LogsWriter, StoreError, R>
): Effect.Effect<Output, StoreError, Scope.Scope | R> => {
  const asked = Option.getOrUndefined(flags.output)
  if (asked === "console") return Effect.succeed(consoleOutput())
  const nats = Effect.flatMap(Layer.build(writer), (context) => Effect.provide(natsOutput(flags.source), context))
  if (asked === "nats") return nats
  return Effect.catchTag(nats, "Unavailable", () =>
    Effect.as(
      say(
        `No NATS server answers at ${flags.nats.server}: the lines go to the console (--output nats insists on a server).`
      ),
      consoleOutput()
    )
  )
}
