import type { Entry } from "../ports/versioned-log.ts"

export const bytesOf = ({ data }: Entry): Uint8Array => (typeof data === "string" ? Buffer.from(data, "utf8") : data)

export const textOf = ({ data }: Entry): string =>
  typeof data === "string" ? data : Buffer.from(data).toString("utf8")
