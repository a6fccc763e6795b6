/** Each detector has a false finding in at most one of a hundred honest runs, by its own null model. */
const FALSE_RUNS = 0.01
/** A finding is ln(chance under the null model) + ln(number of tests) at most this. */
export const LOG_FALSE_RUNS = Math.log(FALSE_RUNS)
