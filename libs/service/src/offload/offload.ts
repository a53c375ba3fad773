import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { Data, Deferred, Effect, type Scope } from "effect"
import { type Answer, type Argument, call, type Method, type Request } from "./steps.ts"

/** A thread that a task ran in is gone. */
export class OffloadFailed extends Data.TaggedError("OffloadFailed")<{
  /** The task. */
  readonly what: string
  readonly why: string
  readonly cause?: unknown
}> {}

/** A task under way, here or in a thread of its own. */
export interface Offloaded<Steps> {
  /**
   * Hands a request over, with memory that the sender does not need any more; the effect that it answers waits for what comes of it. Requests are
   * answered in the order in which they are begun, and several may be under way.
   */
  readonly begin: <M extends Method<Steps>>(
    method: M,
    argument: Argument<Steps, M>,
    memory?: ReadonlyArray<ArrayBuffer>
  ) => Effect.Effect<Effect.Effect<Answer<Steps, M>, OffloadFailed>, OffloadFailed>
  /** The same, and waits. */
  readonly ask: <M extends Method<Steps>>(
    method: M,
    argument: Argument<Steps, M>,
    memory?: ReadonlyArray<ArrayBuffer>
  ) => Effect.Effect<Answer<Steps, M>, OffloadFailed>
}

/** Opens a task; it ends with the scope. `ahead` says how many requests may be under way to keep it busy. */
export interface Offload<Options, Steps> {
  readonly ahead: number
  readonly open: (options: Options) => Effect.Effect<Offloaded<Steps>, never, Scope.Scope>
}

export interface Task<Options, Steps> {
  readonly start: (options: Options) => Steps
  /** Its thread's program is `<name>.worker.ts` beside the source that names it, `import.meta.url`. */
  readonly name: string
  readonly source: string
}

/** `auto`: in a thread where there is a second core. */
export type Where = "auto" | "thread" | "inline"

/** A task in a thread of its own, or in this one: the same steps with the same results, and none of its callers need to know which. */
export const offload = <Options, Steps>(task: Task<Options, Steps>, where: Where): Offload<Options, Steps> => {
  const threaded = where === "thread" || (where === "auto" && availableParallelism() > 1)
  const begin = threaded ? openThread(task) : openInline(task)
  return {
    ahead: threaded ? 4 : 1,
    open: (options) =>
      Effect.map(begin(options), (begin) => ({
        begin,
        ask: (method, argument, memory) => Effect.flatten(begin(method, argument, memory))
      }))
  }
}

type Begin<Steps> = Offloaded<Steps>["begin"]

const openInline =
  <Options, Steps>({ start }: Task<Options, Steps>) =>
  (options: Options): Effect.Effect<Begin<Steps>> =>
    Effect.sync(() => {
      const steps = start(options)
      return (method, argument) => Effect.sync(() => Effect.succeed(call(steps, method, argument)))
    })

const openThread =
  <Options, Steps>({ name, source }: Task<Options, Steps>) =>
  (workerData: Options): Effect.Effect<Begin<Steps>, never, Scope.Scope> =>
    Effect.acquireRelease(
      Effect.sync(() => new Worker(programOf(source, name), { workerData, name })),
      (worker) => Effect.promise(() => worker.terminate())
    ).pipe(
      Effect.map((worker) => {
        // biome-ignore lint/suspicious/noExplicitAny: each is of the type of its request's answer.
        const waiting: Array<Deferred.Deferred<any, OffloadFailed>> = []
        let failed: OffloadFailed | undefined
        const fail = (why: string, cause?: unknown) => {
          failed ??= new OffloadFailed({ what: name, why, cause })
          for (const answer of waiting.splice(0)) Deferred.doneUnsafe(answer, Effect.fail(failed))
        }
        worker.on("message", (answer) => {
          const first = waiting.shift()
          if (first !== undefined) Deferred.doneUnsafe(first, Effect.succeed(answer))
        })
        worker.on("error", (cause) => fail(cause instanceof Error ? cause.message : String(cause), cause))
        worker.on("exit", (code) => fail(`its thread ended with code ${code}`))
        return <M extends Method<Steps>>(
          method: M,
          argument: Argument<Steps, M>,
          memory: ReadonlyArray<ArrayBuffer> = []
        ) =>
          Effect.suspend(() => {
            if (failed !== undefined) return Effect.fail(failed)
            const answer = Deferred.makeUnsafe<Answer<Steps, M>, OffloadFailed>()
            waiting.push(answer)
            worker.postMessage([method, argument] satisfies Request<Steps>, memory)
            return Effect.succeed(Deferred.await(answer))
          })
      })
    )

/** The bundle keeps shared code in a folder of its own, beside which the programs of threads stand. */
const programOf = (source: string, name: string): URL =>
  new URL(source.endsWith(".ts") ? `./${name}.worker.ts` : `../${name}.worker.mjs`, source)
