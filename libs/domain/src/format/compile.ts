import type { LineReader } from "../line/line.ts"
import { ColumnsReader } from "./columns.ts"
import { CommonReader } from "./common.ts"
import type { ClientChoice } from "./finish.ts"
import { JsonReader } from "./json.ts"
import { LabelledReader } from "./labelled.ts"
import type { FormatSpec, InnerSpec } from "./spec.ts"
import { TextReader } from "./text.ts"
import { wrapped } from "./wrapper.ts"

const innerReader = (spec: InnerSpec, choice: ClientChoice): LineReader => {
  switch (spec.kind) {
    case "common":
      return new CommonReader(choice)
    case "text":
      return new TextReader(spec, choice)
    case "json":
      return new JsonReader(spec, choice)
    case "labelled":
      return new LabelledReader(spec, choice)
    case "columns":
      return new ColumnsReader(spec, choice)
  }
}

/** The reader of a format. */
export const readerOf = ({ wrappers, inner }: FormatSpec, choice: ClientChoice): LineReader =>
  wrappers.reduceRight((reader, wrapper) => wrapped(wrapper, reader), innerReader(inner, choice))
