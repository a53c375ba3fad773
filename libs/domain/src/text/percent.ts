/** A share in words of the domain and of what is printed in English: `12.5 %`. */
export const percent = (share: number, decimals = 1): string => `${(share * 100).toFixed(decimals)} %`
