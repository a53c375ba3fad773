import { limits } from "../limits.ts"
import { declaredFormat } from "./declared.ts"

/** Formats that are declared for the lines of a source, with the revision of the bucket that they stand in. */
export interface SourceFormats {
  readonly revision: number
  /** By the source's name, as `declaredFormat` takes them. */
  readonly by: { readonly [source: string]: string }
}

export type ParsedFormats =
  | { readonly ok: true; readonly by: SourceFormats["by"] }
  | { readonly ok: false; readonly reason: string }

/** As the token of `logs.<source>`. */
const sourceForm = /^[A-Za-z0-9_-]{1,64}$/

/** Why a source cannot have this format; undefined where it can. */
export const whyNoFormat = (source: string, format: string): string | undefined => {
  if (!sourceForm.test(source)) return `${JSON.stringify(source)} is no source such as web1`
  return declaredFormat(format) === undefined
    ? `what is declared for ${source} is no format that can be read: a name such as combined, a format string, or a line that begins with #Fields:`
    : undefined
}

/** One source a line, a space, and its format; no text declares nothing. */
export const parseFormats = (text: string): ParsedFormats => {
  const by: { [source: string]: string } = {}
  for (const line of text.split("\n").map((part) => part.trim())) {
    if (line === "") continue
    const space = line.search(/\s/)
    const [source, format] = space < 0 ? [line, ""] : [line.slice(0, space), line.slice(space).trim()]
    const why = whyNoFormat(source, format)
    if (why !== undefined) return { ok: false, reason: why }
    if (Object.hasOwn(by, source)) return { ok: false, reason: `${source} has two formats` }
    by[source] = format
  }
  return Object.keys(by).length > limits.formatsDeclared
    ? { ok: false, reason: `more than ${limits.formatsDeclared} sources have a format` }
    : { ok: true, by }
}

/** The inverse. */
export const formatsText = (by: SourceFormats["by"]): string =>
  Object.entries(by)
    .map(([source, format]) => `${source} ${format}`)
    .join("\n")

export const isSourceFormats = (json: unknown): json is SourceFormats => {
  const formats = json as Partial<SourceFormats> | null
  return (
    typeof formats === "object" &&
    formats !== null &&
    Number.isSafeInteger(formats.revision) &&
    typeof formats.by === "object" &&
    formats.by !== null &&
    Object.keys(formats.by).length <= limits.formatsDeclared &&
    Object.entries(formats.by).every(
      ([source, text]) => typeof text === "string" && whyNoFormat(source, text) === undefined
    )
  )
}

/** What is declared for a message: by itself, else for its source. */
export const declaredFor = (formats: SourceFormats | undefined, source: string, byMessage: string): string =>
  byMessage !== "" || formats === undefined || !Object.hasOwn(formats.by, source) ? byMessage : formats.by[source]!
