/** In each stretch of so many lines the site is down for some of them: a minute of half an hour, at ten lines a second. */
const stretchLines = 20_000
const downFrom = 10_000
const downLines = 600

/** Lines with outages, so that there are incidents to lose, to tell twice and to verify. */
export const withOutages = (lines: Buffer): Buffer =>
  Buffer.from(
    lines
      .toString("latin1")
      .split("\n")
      .map((line, i) => {
        const at = (i % stretchLines) - downFrom
        return at >= 0 && at < downLines ? line.replace(/" \d{3} /, '" 503 ') : line
      })
      .join("\n"),
    "latin1"
  )
