import type { StoreError, Windows } from "@chaussettes/jetstream"
import { type Input, openFile, openStandardInput, type UserFailure } from "@chaussettes/service"
import { Cause, Effect, Exit, type Scope } from "effect"
import { LinePacker, packerLimits } from "../lines/packer.ts"
import { say, showProgress } from "../say.ts"
import { tellSent } from "../sent-news.ts"
import { fileFailure, type ReplayFile } from "./files.ts"
import { sampleReport, tellingLines } from "./forecast.ts"
import { headHash } from "./resume.ts"
import type { FileIdentity, ReplayOptions, Sender } from "./sender.ts"
import { InputFailed, inRhythm, makeTransfer } from "./transfer.ts"

/** A line of a pipe waits this long for others at most. */
const pipeWaitMs = 25
/** How long what was read already may take to be sent when an end was asked for. */
const restMs = 5_000
const mebibyte = 1024 * 1024

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

const standardInput = { fileName: "-", head: { hash: headHash(new Uint8Array(0)), bytes: 0 } }

/** Sends the files from the start on, or standard input. Answers false where it was interrupted. To be called uninterruptibly. */
export const sendInput = (
  options: ReplayOptions,
  sender: Sender,
  restore: Restore
): Effect.Effect<boolean, UserFailure | StoreError, Scope.Scope | Windows> =>
  Effect.gen(function* () {
    const { source, files, start, format } = options
    const from = { offset: start.offset, line: start.line }
    if (files === "standard input") {
      const part = { identity: standardInput, isPipe: true, from, at: () => {} }
      sender.begin(standardInput, from)
      yield* say(`${source}: reading standard input.`)
      yield* tellSent("Replaying standard input", sender.sent)
      return yield* sendPart(options, part, openStandardInput(), sender, restore)
    }
    const total = files.reduce((bytes, file) => bytes + file.packedBytes, 0)
    const at = yield* showProgress(true, `Replaying ${files[start.file]!.path}`, "MiB", total / mebibyte)
    let before = 0
    for (const [i, file] of files.entries()) {
      if (i >= start.file) {
        const fileFrom = i === start.file ? from : { offset: 0, line: 0 }
        const done = before
        const part = {
          identity: identityOf(file),
          isPipe: !file.isRegular,
          from: fileFrom,
          at: (bytes: number) => at((done + bytes) / mebibyte)
        }
        sender.begin(part.identity, fileFrom)
        const input = yield* Effect.tryPromise({
          try: () => openFile(file.path, fileFrom.offset, sender.stored),
          catch: (error) => fileFailure(file.path, error)
        })
        if (fileFrom.offset > 0 && format === undefined) yield* sawBefore(file, fileFrom.offset, sender)
        if (file.packedBytes === 0 && file.isRegular && files.length > 1) yield* say(`${file.path} is empty.`)
        if (!(yield* sendPart(options, part, input, sender, restore))) return false
      }
      before += file.packedBytes
    }
    return true
  })

/** What the lines before have said of the columns of those behind `offset`. Files that begin with neither `#` nor names are not read for it. */
const sawBefore = (file: ReplayFile, offset: number, sender: Sender) =>
  Effect.tryPromise({
    try: async () => {
      sender.saw(file.head, true)
      if (sender.declares() === undefined && file.head[0] !== HASH) return
      const input = await openFile(file.path, 0)
      try {
        let left = offset
        const packer = new LinePacker(packerLimits, { offset: 0, line: 0 }, ({ payload, startOffset }) =>
          sender.saw(payload, startOffset === 0)
        )
        for (let next = await input.next(); next !== undefined && left > 0; next = await input.next()) {
          packer.push(Buffer.from(next.subarray(0, left)))
          left -= next.length
        }
        packer.end()
      } finally {
        await input.close()
      }
    },
    catch: (error) => fileFailure(file.path, error)
  })

const HASH = 35

const identityOf = (file: ReplayFile): FileIdentity => ({
  fileName: file.fileName,
  head: { hash: headHash(file.head), bytes: file.head.length }
})

interface Part {
  readonly identity: FileIdentity
  /** Nobody else has what was read from it. */
  readonly isPipe: boolean
  readonly from: { readonly offset: number; readonly line: number }
  readonly at: (readBytes: number) => void
}

const sendPart = (
  { speed, words, format }: ReplayOptions,
  part: Part,
  input: Input,
  sender: Sender,
  restore: Restore
) =>
  Effect.gen(function* () {
    const { identity, isPipe, from, at } = part
    let isTold = !isPipe
    const tell = Effect.suspend(() => {
      const outcomes = sender.outcomes()
      if (isTold || outcomes.lines < tellingLines) return Effect.void
      isTold = true
      const { isFailure, json } = sampleReport(outcomes, words)
      return isFailure ? say(`So far: ${json.headline}`) : Effect.void
    })
    const send = (packed: Parameters<Sender["send"]>[1]) => {
      at(input.readBytes())
      return Effect.andThen(sender.send(identity, packed), tell)
    }
    const rhythm = speed === undefined ? undefined : inRhythm(speed, send, format)
    const transfer = makeTransfer({
      input,
      limits: packerLimits,
      from,
      ...(isPipe ? { waitMs: pipeWaitMs } : {}),
      send: rhythm?.send ?? send,
      ...(rhythm === undefined ? {} : { sendRest: rhythm.rest })
    })
    const exit = yield* Effect.exit(restore(transfer.all))
    if (Exit.isSuccess(exit)) return true
    const error = exit.cause.reasons.find((reason) => reason._tag === "Fail")?.error
    const isInterrupted = Cause.hasInterruptsOnly(exit.cause)
    if (error instanceof InputFailed || (isInterrupted && isPipe)) {
      yield* Effect.timeoutOption(Effect.interruptible(transfer.rest), restMs)
    }
    if (isInterrupted) return false
    if (error instanceof InputFailed) return yield* fileFailure(error.name, error.cause)
    return yield* Effect.failCause(exit.cause as Cause.Cause<StoreError>)
  }).pipe(Effect.ensuring(Effect.promise(() => input.close())))
