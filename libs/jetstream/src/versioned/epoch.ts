/** The header that carries the lease generation of a writer of WINDOWS and ALERTS. */
export const epochHeader = "Chaussettes-Epoch"

/** The header's value as a number. What carries none was written past the detector, by hand: 0, older than every epoch. */
export const epochOf = (value: string | undefined): number => {
  const epoch = value === undefined ? 0 : Number(value)
  return Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0
}
