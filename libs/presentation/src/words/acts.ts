import type { ActType } from "@chaussettes/domain"
import type { Language } from "../figures.ts"

/** What people say about incidents, in words: for the terminal and the page. */
export interface ActsWords {
  readonly types: { readonly [type in ActType]: string }
  readonly everything: string
  readonly acknowledged: string
  readonly silenced: string
  readonly inMaintenance: string
  readonly by: (name: string) => string
  readonly span: (from: string, until: string) => string
  readonly notes: (count: number) => string
  readonly acknowledge: string
  readonly silenceFor: string
  readonly spans: { readonly hour: string; readonly eightHours: string; readonly day: string }
  readonly note: string
  readonly noteHint: string
  readonly send: string
  readonly lift: string
  readonly done: string
  readonly force: string
  readonly forced: string
  readonly token: string
  readonly name: string
  readonly enter: string
  readonly tokenWrong: string
  readonly failed: (why: string) => string
}

const en: ActsWords = {
  types: {
    acknowledge: "acknowledged",
    silence: "silenced",
    maintenance: "maintenance",
    note: "note",
    lift: "lifted"
  },
  everything: "all incidents",
  acknowledged: "acknowledged",
  silenced: "silenced",
  inMaintenance: "maintenance",
  by: (name) => `by ${name}`,
  span: (from, until) => `from ${from} until ${until}`,
  notes: (count) => `${count} ${count === 1 ? "note" : "notes"}`,
  acknowledge: "Acknowledge",
  silenceFor: "Silence for",
  spans: { hour: "1 hour", eightHours: "8 hours", day: "1 day" },
  note: "Note",
  noteHint: "What the next person should know",
  send: "Add note",
  lift: "Take back",
  done: "Saved.",
  force: "Put in force",
  forced: "In force from the next window on.",
  token: "Operator’s token",
  name: "Your name",
  enter: "Continue",
  tokenWrong: "This is not the operator’s token.",
  failed: (why) => `Not saved: ${why}`
}

const fr: ActsWords = {
  types: {
    acknowledge: "pris en charge",
    silence: "mis en sourdine",
    maintenance: "maintenance",
    note: "note",
    lift: "levé"
  },
  everything: "tous les incidents",
  acknowledged: "pris en charge",
  silenced: "en sourdine",
  inMaintenance: "maintenance",
  by: (name) => `par ${name}`,
  span: (from, until) => `de ${from} à ${until}`,
  notes: (count) => `${count} ${count < 2 ? "note" : "notes"}`,
  acknowledge: "Prendre en charge",
  silenceFor: "Mettre en sourdine pendant",
  spans: { hour: "1 heure", eightHours: "8 heures", day: "1 jour" },
  note: "Note",
  noteHint: "Ce que la personne suivante doit savoir",
  send: "Ajouter la note",
  lift: "Annuler",
  done: "Enregistré.",
  force: "Mettre en vigueur",
  forced: "En vigueur dès la prochaine fenêtre.",
  token: "Jeton de l’opérateur",
  name: "Votre nom",
  enter: "Continuer",
  tokenWrong: "Ce n’est pas le jeton de l’opérateur.",
  failed: (why) => `Non enregistré\u00a0: ${why}`
}

export const actsWords = (language: Language): ActsWords => (language === "fr" ? fr : en)
