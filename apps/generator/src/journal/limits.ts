/** Every bound of `ship --journald` beside those of `ship` (`shipLimits`). Times in ms, sizes in bytes. */
export const journalLimits = {
  /** An entry's row of JSON; a longer one is left out, and said. */
  bytesARow: 4 * 1024 * 1024,
  /** What is read ahead of what is sent; then journalctl waits. */
  mostBytesAhead: 2 * 1024 * 1024,
  /** What a line that is held costs beside its bytes, roughly. */
  bytesALineHeld: 256,
  /** Of what journalctl says on stderr, the end. */
  keptErrorChars: 1_000,
  /** How long it may take to print one entry. */
  askMs: 30_000
} as const
