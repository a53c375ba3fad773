import { linesOfText } from "../body.ts"

/** The value of a log record's body, as far as a line can be made of it. */
export type Body =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "other"; readonly json: string }
  | { readonly kind: "none" }

export interface Records {
  readonly lines: ReadonlyArray<Uint8Array>
  /** Records that have no body, or an empty one. */
  readonly rejected: number
}

/** OTLP's records as lines: a record's body is the line that the web server wrote. */
export const linesOfRecords = (bodies: ReadonlyArray<Body>): Records => {
  const lines: Array<Uint8Array> = []
  let rejected = 0
  for (const body of bodies) {
    const own = linesOfRecord(body)
    if (own.length === 0) rejected++
    else lines.push(...own)
  }
  return { lines, rejected }
}

const linesOfRecord = (body: Body): ReadonlyArray<Uint8Array> => {
  switch (body.kind) {
    case "text":
      return linesOfText(body.text)
    case "bytes":
      return linesOfText(new TextDecoder().decode(body.bytes))
    case "other":
      return linesOfText(body.json)
    case "none":
      return []
  }
}
