import { parentPort, workerData } from "node:worker_threads"

/**
 * What a task can be asked: each method of its steps that takes one thing. A thread answers them in the order in which they are asked, so both
 * sides need no more than the name and the thing.
 */
export type Method<Steps> = {
  [M in keyof Steps]: Steps[M] extends (argument: never) => unknown ? M : never
}[keyof Steps]
export type Argument<Steps, M extends keyof Steps> = Steps[M] extends (argument: infer A) => unknown ? A : never
export type Answer<Steps, M extends keyof Steps> = Steps[M] extends (argument: never) => infer A ? A : never

/** What goes from thread to thread. */
export type Request<Steps> = readonly [method: Method<Steps>, argument: unknown]

export const call = <Steps, M extends Method<Steps>>(
  steps: Steps,
  method: M,
  argument: Argument<Steps, M>
): Answer<Steps, M> => (steps[method] as (argument: Argument<Steps, M>) => Answer<Steps, M>).call(steps, argument)

/**
 * The program of a thread, in a `<name>.worker.ts` of its own. It is loaded for each thread, so no more than the task comes with it.
 *
 * @param memoryOf what of an answer is handed over and not copied
 */
export const serve = <Options, Steps>(
  start: (options: Options) => Steps,
  memoryOf: (answer: Answer<Steps, Method<Steps>>) => ReadonlyArray<ArrayBuffer> = () => []
): void => {
  if (parentPort === null) return
  const port = parentPort
  const steps = start(workerData as Options)
  port.on("message", ([method, argument]: Request<Steps>) => {
    const answer = call(steps, method, argument as Argument<Steps, Method<Steps>>)
    port.postMessage(answer, memoryOf(answer))
  })
}
