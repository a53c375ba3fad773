const form = /^([+-])(\d\d):?(\d\d)$/

/** Minutes east of Greenwich of `+02:00`, `-0330`, `Z` or `UTC`; `undefined` where the text is none that was ever in use. */
export const parseZoneMinutes = (text: string): number | undefined => {
  if (/^(?:Z|UTC)$/i.test(text)) return 0
  const m = form.exec(text)
  if (m === null || Number(m[3]) > 59) return undefined
  const minutes = (Number(m[2]) * 60 + Number(m[3])) * (m[1] === "-" ? -1 : 1)
  return minutes < -12 * 60 || minutes > 14 * 60 ? undefined : minutes
}
