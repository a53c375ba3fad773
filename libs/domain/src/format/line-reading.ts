import type { IgnoreRules } from "../traffic/rule.ts"
import type { UrlTemplates } from "../url/templates.ts"
import type { SourceFormats } from "./source-formats.ts"
import type { FormatSpec } from "./spec.ts"

/**
 * How lines are read, as data: it stands in the rules of each record, so that the lines can be read again as they were. Rules without it are those
 * of records from before other formats than Common and Combined were read, and of the strict reading of these two.
 */
export interface LineReading {
  readonly version: 2
  /** Networks whose proxies are believed, as `parseNetworks` gives them. */
  readonly trusted: ReadonlyArray<string>
  /** Which header names the client behind a trusted proxy; by default whichever the format has. */
  readonly client_from?: "forwarded" | "real_client"
  /** The format of all lines, where it is declared; by default the lines show it. */
  readonly format?: FormatSpec
  /** The formats of single sources, where they are declared: they are over the one of all lines. */
  readonly formats?: SourceFormats
  /** URLs are counted under templates; by default under themselves. */
  readonly templates?: UrlTemplates
  /** Traffic that counts nowhere, in the windows that these rules were in force for. */
  readonly ignore?: IgnoreRules
  /** Agents of bots that are counted apart, beside being counted. */
  readonly bots?: ReadonlyArray<string>
}

export const defaultReading: LineReading = { version: 2, trusted: [] }
