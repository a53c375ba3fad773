import { logsStream } from "@chaussettes/jetstream/topology"
import { type Language, nameLogs } from "@chaussettes/presentation"
import type { Paint } from "@chaussettes/presentation/terminal"
import { type Look, readLook } from "@chaussettes/readmodel/queries"
import { reasonOf } from "@chaussettes/service"
import { Clock, Effect, Queue, Stream } from "effect"
import type { UserInput } from "effect/Terminal"
import { explainedLines } from "./explained.ts"
import { actionOf } from "./keys.ts"
import { openScreen } from "./screen.ts"
import { shownOf } from "./shown.ts"
import { begun, type Event, next, type State } from "./state.ts"
import { screenLines } from "./view.ts"

/** What waits to be taken in: keys that are held down beyond it are passed over. */
const mostWaiting = 256
/** So often the screen is looked over: what is shown says how old it is. */
const tick = "1 second"

type Input = Event | { readonly _tag: "Pressed"; readonly input: UserInput } | { readonly _tag: "Tick" }

/** The live screen, until `q`, Ctrl-C or the end of its input. */
export const live = (everyMs: number, language: Language, paint: Paint) =>
  Effect.gen(function* () {
    nameLogs(logsStream)
    const screen = yield* openScreen
    const inputs = yield* Queue.dropping<Input>(mostWaiting)
    let state: State = begun
    const draw = Effect.map(Clock.currentTimeMillis, (nowMs) =>
      screen.draw(screenLines(state, screen.size(), { language, paint, nowMs }))
    )
    yield* draw
    // Until it has read something it takes no keys, so that the terminal itself still ends it at Ctrl-C.
    let look: Look = yield* readLook()
    state = next(state, { _tag: "Looked", shown: shownOf(look) })[0]
    const looking = Effect.gen(function* () {
      yield* Effect.sleep(everyMs)
      const event = yield* readLook(look).pipe(
        Effect.map((read): Event => {
          look = read
          return { _tag: "Looked", shown: shownOf(read) }
        }),
        Effect.catch((error) =>
          Effect.map(Clock.currentTimeMillis, (atMs): Event => ({ _tag: "Lost", atMs, why: reasonOf(error) }))
        )
      )
      yield* Queue.offer(inputs, event)
    })
    yield* Effect.forkScoped(Effect.forever(looking))
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(tick), Queue.offer(inputs, { _tag: "Tick" }))))
    const sizes = yield* screen.terminal.size
    yield* Effect.forkScoped(Stream.runForEach(Stream.fromQueue(sizes), () => Queue.offer(inputs, { _tag: "Tick" })))
    const pressed = yield* screen.terminal.readInput
    yield* Effect.forkScoped(
      Stream.runForEach(Stream.fromQueue(pressed), (input) => Queue.offer(inputs, { _tag: "Pressed", input })).pipe(
        Effect.andThen(Queue.offer(inputs, { _tag: "Quit" }))
      )
    )
    yield* draw
    for (;;) {
      const input = yield* Queue.take(inputs)
      const event = input._tag === "Pressed" ? actionOf(input.input, state.isTyping) : input
      if (event === undefined) continue
      if (event._tag !== "Tick") {
        const [after, wish] = next(state, event)
        state = after
        if (wish?._tag === "Quit") return
        if (wish?._tag === "Explain") {
          const { id } = wish
          yield* Effect.forkScoped(
            Effect.flatMap(explainedLines(id, language), (lines) =>
              Queue.offer(inputs, { _tag: "Explained", id, lines })
            )
          )
        }
      }
      yield* draw
    }
  }).pipe(Effect.scoped)
