/** Runs pieces of work in the order in which they come, and no more than `most` of them at once. */
export const atMost = (most: number): (<A>(work: () => Promise<A>) => Promise<A>) => {
  let running = 0
  const waiting: Array<() => void> = []
  return async (work) => {
    if (running >= most) await new Promise<void>((resume) => waiting.push(resume))
    else running++
    try {
      return await work()
    } finally {
      // Whoever waits longest has the place at once.
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
