import { chooseLanguage, chooseZone, chosenLanguage, w, zone } from "../language.ts"

const own = Intl.DateTimeFormat().resolvedOptions().timeZone
/** Beside the browser's own zone and UTC, one that somebody was sent. */
const zones = [...new Set(["UTC", ...(zone === undefined ? [] : [zone])])].filter((name) => name !== own)

/** In which language the page speaks, and in which zone it tells times. Both are kept in this browser. */
export const Language = () => (
  <>
    <label class="theme">
      <span class="visually-hidden">{w.choice.zone}</span>
      <select value={zone ?? ""} onChange={(e) => chooseZone(e.currentTarget.value)}>
        <option value="">{own}</option>
        {zones.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
    <label class="theme">
      <span class="visually-hidden">{w.choice.language}</span>
      <select value={chosenLanguage ?? ""} onChange={(e) => chooseLanguage(e.currentTarget.value)}>
        <option value="">{w.choice.browser}</option>
        <option value="en" lang="en">
          English
        </option>
        <option value="fr" lang="fr">
          Français
        </option>
      </select>
    </label>
  </>
)
