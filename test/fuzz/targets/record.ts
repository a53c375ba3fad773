import { decodeAlert, decodeCheckpoint, decodeRecord, decodeReject } from "@chaussettes/domain/wire"

/** What stands in WINDOWS, ALERTS, REJECTS and the checkpoint is read, or told as unreadable. */
export const fuzz = (data: Buffer): void => {
  const text = data.toString("utf8")
  for (const decode of [decodeRecord, decodeAlert, decodeReject, decodeCheckpoint]) decode(text)
}
