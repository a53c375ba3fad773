/** A share in words of the domain and of what is printed in English: `12.5 %`. */
export const percent = (share: number, decimals = 1): string => `${(share * 100).toFixed(decimals)} %`

/** The same in French: a decimal comma, and a narrow no-break space before the sign. */
export const percentInFrench = (share: number, decimals = 1): string =>
  `${(share * 100).toFixed(decimals).replace(".", ",")}\u202f%`
