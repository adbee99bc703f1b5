// Order statistics of float32.

/** An integer that orders as the number does, without a sign. */
// @ts-ignore: decorator
@inline function keyOf(bits: u32): u32 {
  return bits ^ ((<u32>(<i32>bits >> 31)) | 0x80000000);
}

// @ts-ignore: decorator
@inline function bitsOf(key: u32): u32 {
  return key ^ ((<u32>(~(<i32>key) >> 31)) | 0x80000000);
}

/** One pass of a radix sort: `from` to `to`, ordered by the byte that starts at bit `shift`. `digits`: 1024 bytes. */
function pass(from: usize, to: usize, count: i32, shift: u32, digits: usize): void {
  memory.fill(digits, 0, 1024);
  for (let i = 0; i < count; i++) {
    const digit = digits + (<usize>((load<u32>(from + (<usize>i << 2)) >> shift) & 255) << 2);
    store<u32>(digit, load<u32>(digit) + 1);
  }
  let first: u32 = 0;
  for (let at: usize = 0; at < 1024; at += 4) {
    const size = load<u32>(digits + at);
    store<u32>(digits + at, first);
    first += size;
  }
  for (let i = 0; i < count; i++) {
    const key = load<u32>(from + (<usize>i << 2));
    const digit = digits + (<usize>((key >> shift) & 255) << 2);
    const place = load<u32>(digit);
    store<u32>(digit, place + 1);
    store<u32>(to + (<usize>place << 2), key);
  }
}

/** Put `count` float32 in ascending order, by their bytes from the lowest up. `spare`: room for as many. */
export function sort(values: usize, count: i32, spare: usize, digits: usize): void {
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += 4) store<u32>(values + at, keyOf(load<u32>(values + at)));
  for (let shift: u32 = 0; shift < 32; shift += 16) {
    pass(values, spare, count, shift, digits);
    pass(spare, values, count, shift + 8, digits);
  }
  for (let at: usize = 0; at < bytes; at += 4) store<u32>(values + at, bitsOf(load<u32>(values + at)));
}

// @ts-ignore: decorator
@inline function at(values: usize, index: i32): usize {
  return values + (<usize>index << 2);
}

/** The median of `count` float32, the upper one of two; changes their order (Hoare 1961, FIND). */
export function median(values: usize, count: i32): f32 {
  const middle = count >> 1;
  let low = 0, high = count - 1;
  while (low < high) {
    const pivot = load<f32>(at(values, middle));
    let i = low, j = high;
    while (i <= j) {
      while (load<f32>(at(values, i)) < pivot) i++;
      while (pivot < load<f32>(at(values, j))) j--;
      if (i > j) break;
      const x = load<f32>(at(values, i));
      store<f32>(at(values, i), load<f32>(at(values, j)));
      store<f32>(at(values, j), x);
      i++;
      j--;
    }
    if (j < middle) low = i;
    if (middle < i) high = j;
  }
  return load<f32>(at(values, middle));
}
