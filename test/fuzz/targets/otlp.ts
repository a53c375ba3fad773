import { linesOfBody } from "../../../apps/generator/src/receive/body.ts"
import { bodiesOfJson } from "../../../apps/generator/src/receive/otlp/json.ts"
import { bodiesOfProtobuf } from "../../../apps/generator/src/receive/otlp/protobuf.ts"
import { type Body, linesOfRecords } from "../../../apps/generator/src/receive/otlp/records.ts"

/** A body that is refused is refused with a reason; one that is taken gives lines without line ends. */
const read = (linesOf: () => ReadonlyArray<Uint8Array>): void => {
  let lines: ReadonlyArray<Uint8Array>
  try {
    lines = linesOf()
  } catch (error) {
    if (error instanceof Error && !/stack|memory/i.test(error.message)) return
    throw error
  }
  if (lines.some((line) => line.length === 0 || line.includes(10)))
    throw new Error("a line is empty or holds a line end")
}

const linesOf = (bodies: ReadonlyArray<Body>) => linesOfRecords(bodies).lines

/** What comes by HTTP, in each form. */
export const fuzz = (data: Buffer): void => {
  read(() => linesOfBody(data))
  read(() => linesOf(bodiesOfProtobuf(data)))
  read(() => linesOf(bodiesOfJson(data.toString("utf8"))))
}
