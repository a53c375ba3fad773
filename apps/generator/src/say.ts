import { visibleJson, visibleText } from "@chaussettes/domain"
import { progress } from "@chaussettes/service"
import { Effect, type Scope } from "effect"

/** Wipes the progress that may stand on a terminal's line; it is drawn again below. */
const wiped = "\r\u001b[K"

/** A sentence for whoever runs the command, on stderr: stdout is for results. */
export const say = (sentence: string): Effect.Effect<void> =>
  Effect.sync(() => {
    process.stderr.write(`${process.stderr.isTTY ? wiped : ""}${visibleText(sentence)}\n`)
  })

/** The result: for a program on stdout, for a person on stderr. */
export const tell = (summary: object, text: string, json: boolean): Effect.Effect<void> =>
  Effect.sync(() => {
    if (json) process.stdout.write(`${visibleJson(JSON.stringify(summary))}\n`)
    else process.stderr.write(`${text}\n`)
  })

/** The bar of `total` units (0: nobody knows how many); nothing where `shown` is false. */
export const showProgress = (
  shown: boolean,
  what: string,
  unit: string,
  total: number
): Effect.Effect<(done: number) => void, never, Scope.Scope> =>
  shown ? Effect.map(progress({ what, unit, total }), (bar) => bar.at) : Effect.succeed(() => {})
