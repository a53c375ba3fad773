import { SLASH } from "../line/bytes.ts"

const STAR = 42

/** A declared template: its text, its segments, and whether it stands for all that begins so. */
interface Template {
  readonly text: Uint8Array
  /** Undefined for a segment that may be anything. */
  readonly segments: ReadonlyArray<Uint8Array | undefined>
  readonly isOpen: boolean
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Why a text is no template; undefined where it is one. */
export const whyNoTemplate = (text: string): string | undefined => {
  if (!text.startsWith("/")) return "it does not begin with /"
  if (text.length > 512) return "it is longer than 512 characters"
  if (/[\s?#,]/.test(text)) return "a path has no space, comma, ? or #"
  const segments = text.slice(1).split("/")
  if (segments.some((s) => s.includes("*") && s !== "*") || segments.slice(0, -1).includes("*"))
    return "* may only be its last segment"
  return segments.some((s) => s.startsWith(":")) || segments.at(-1) === "*"
    ? undefined
    : "no segment of it can vary: write :name for one that does, or * for everything after it"
}

/** Templates in the order in which they were declared. */
export class Declared {
  readonly #templates: ReadonlyArray<Template>

  constructor(texts: ReadonlyArray<string>) {
    this.#templates = texts.map((text) => {
      const segments = text.slice(1).split("/")
      const isOpen = segments.at(-1) === "*"
      return {
        text: ascii(text),
        segments: (isOpen ? segments.slice(0, -1) : segments).map((s) => (s.startsWith(":") ? undefined : ascii(s))),
        isOpen
      }
    })
  }

  /** The first template that url[from, end) fits; from is its first slash. */
  find(url: Uint8Array, from: number, end: number): Uint8Array | undefined {
    for (const template of this.#templates) if (fits(template, url, from, end)) return template.text
    return undefined
  }
}

const fits = ({ segments, isOpen }: Template, url: Uint8Array, from: number, end: number): boolean => {
  let at = from
  for (const segment of segments) {
    if (at >= end) return false
    let i = ++at
    if (segment === undefined) {
      while (i < end && url[i] !== SLASH) i++
      if (i === at) return false
    } else {
      for (let k = 0; k < segment.length; k++, i++) if (i >= end || url[i] !== segment[k]) return false
      if (i < end && url[i] !== SLASH) return false
    }
    at = i
  }
  return isOpen ? at < end && url[at] !== STAR : at === end
}
