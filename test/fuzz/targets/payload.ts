import { unwrapPayload } from "@chaussettes/domain"

/** Whatever a shipper sends is taken apart, or left as it is. */
export const fuzz = (data: Buffer): void => {
  const lines = unwrapPayload(data)
  if (lines !== undefined && lines.length > 0 && lines.at(-1) !== 10) throw new Error("a line without its end")
}
