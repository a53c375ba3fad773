import type { Alert } from "@chaussettes/domain"

const red = "\u001b[31m"
const yellow = "\u001b[33m"
const dim = "\u001b[2m"
const plain = "\u001b[0m"

/** Texts come from logs that strangers wrote: nothing in them may move the cursor or colour the terminal. */
const shown = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "?")

/** An alert on one line: when, how bad, what, and the id to ask `explain` with. */
export const alertLine = (alert: Alert, colors: boolean): string => {
  const time = alert.window.start.replace("T", " ").replace("Z", "")
  const severity = alert.severity.padEnd(6)
  const paint = (color: string, text: string) => (colors ? `${color}${text}${plain}` : text)
  return `${time}  ${paint(alert.severity === "HIGH" ? red : yellow, severity)}  ${shown(alert.message)}  ${paint(dim, alert.id)}`
}
