import { writeSync } from "node:fs"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import { Effect } from "effect"
import type { Size } from "./view.ts"

/** A screen of its own, so that what stood in the terminal stands there again afterwards; without the cursor. */
const enter = "\u001b[?1049h\u001b[?25l"
const leave = "\u001b[?25h\u001b[?1049l"
/** All of a frame appears at once, where the terminal can do that; others pass over it. */
const [beginFrame, endFrame] = ["\u001b[?2026h", "\u001b[?2026l"]
const home = "\u001b[H"
const restOfLine = "\u001b[K"
const restOfScreen = "\u001b[J"

/** Where a terminal says nothing of its size. */
const usual: Size = { columns: 80, rows: 24 }

interface Screen {
  readonly size: () => Size
  /** Draws what is not there already. */
  readonly draw: (lines: ReadonlyArray<string>) => void
  readonly terminal: Effect.Success<ReturnType<typeof NodeTerminal.make>>
}

/** One frame: each line over the one that was there, and nothing below the last. */
const frameOf = (lines: ReadonlyArray<string>): string =>
  `${beginFrame}${home}${lines.map((line) => `${line}${restOfLine}`).join("\r\n")}${restOfScreen}${endFrame}`

/** The terminal for as long as the scope lasts. It is given back however that ends; at a crash by the process's own end. */
export const openScreen = Effect.gen(function* () {
  // Escape only goes back; Ctrl-C is a key among others, which ends this in order.
  const terminal = yield* NodeTerminal.make(() => false)
  let isOpen = true
  const restore = () => {
    if (!isOpen) return
    isOpen = false
    try {
      writeSync(process.stdout.fd, leave)
    } catch {
      // Nobody looks any more.
    }
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      process.once("exit", restore)
      process.stdout.write(enter)
    }),
    () =>
      Effect.sync(() => {
        process.off("exit", restore)
        restore()
      })
  )
  let last = ""
  return {
    terminal,
    size: () => ({
      columns: process.stdout.columns || usual.columns,
      rows: process.stdout.rows || usual.rows
    }),
    draw: (lines) => {
      const frame = frameOf(lines)
      // Over a slow line frames would pile up: one that waits is left out, the next tick draws what is true then.
      if (frame === last || process.stdout.writableNeedDrain) return
      last = frame
      process.stdout.write(frame)
    }
  } satisfies Screen as Screen
})
