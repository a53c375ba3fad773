import { readAlert, readCheckpointText, readReject, readWindowRecord } from "@chaussettes/jetstream"

/** What stands in WINDOWS, ALERTS, REJECTS and the checkpoint is read, or told as unreadable. */
export const fuzz = (data: Buffer): void => {
  const text = data.toString("utf8")
  for (const read of [readWindowRecord, readAlert, readReject]) read({ seq: 1, data: text })
  readCheckpointText(text)
}
