/** The learning rate of a stream: η_t = max(floor, η / √(1 + t / decay)) after t rows; constant when decay is 0. */
export function rateAfter(rows: f64, rate: f64, decay: f64, floor: f64): f64 {
  return decay == 0 ? rate : Math.max(Math.min(rate, floor), rate / Math.sqrt(1 + rows / decay));
}
