/** What a count of alarms may be when each record alarms with the chance that was asked for. */

/**
 * Is a count within the central interval of the binomial distribution: are so few, and so many, each at least as likely
 * as half of what the interval leaves out?
 *
 * @param count of `trials` that had the chance `probability`
 * @param level of the interval, such as 0.99
 */
export function isWithinBinomial(count: number, trials: number, probability: number, level: number): boolean {
  const { below, here } = binomial(count, trials, probability)
  const least = (1 - level) / 2
  return below + here >= least && 1 - below >= least
}

/** P(X < count) and P(X = count): terms by their logarithms, from 0 on. */
function binomial(count: number, trials: number, probability: number): { below: number; here: number } {
  const logOdds = Math.log(probability) - Math.log1p(-probability)
  let log = trials * Math.log1p(-probability)
  let below = 0
  for (let k = 0; k < count; k++) {
    below += Math.exp(log)
    log += logOdds + Math.log((trials - k) / (k + 1))
  }
  return { below, here: Math.exp(log) }
}
