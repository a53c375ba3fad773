import { effect, signal } from "@preact/signals"

export type Theme = "auto" | "light" | "dark"

const key = "chaussettes-theme"

const stored = (): Theme => {
  try {
    const value = localStorage.getItem(key)
    return value === "light" || value === "dark" ? value : "auto"
  } catch {
    return "auto"
  }
}

export const theme = signal<Theme>(stored())
const systemDark = matchMedia("(prefers-color-scheme: dark)")
/** Rises whenever the colours change, for what is drawn with them. */
export const colours = signal(0)

effect(() => {
  if (theme.value === "auto") document.documentElement.removeAttribute("data-theme")
  else document.documentElement.dataset.theme = theme.value
  try {
    localStorage.setItem(key, theme.value)
  } catch {
    // A browser that keeps nothing starts with the system's colours each time.
  }
  colours.value = colours.peek() + 1
})

systemDark.addEventListener("change", () => {
  colours.value++
})

export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
