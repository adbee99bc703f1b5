/**
 * Memory for many models in one instance: blocks of any size, zero-filled, aligned to 256 bytes, given back to a free
 * list of their exact size. Models of one shape are all of one size, so a bank of models recycles its slots exactly.
 * Only when memory may not grow any more, free blocks side by side are merged, and larger ones split.
 *
 * A block, and its 16-byte head just below the address that the caller holds:
 *
 *   pointer - 16   u32 capacity in bytes    u32 state (IN_USE, FREE)    8 unused
 *   pointer        the caller's bytes; in a free block: u32 next block of this size, u32 first block of the next size
 */

// @ts-ignore: decorator
@inline const ALIGNMENT: usize = 256;
// @ts-ignore: decorator
@inline const HEAD: usize = 16;
// @ts-ignore: decorator
@inline const IN_USE: u32 = 0x75736564;
// @ts-ignore: decorator
@inline const FREE: u32 = 0x66726565;
/** What a 32-bit memory can hold at most. */
// @ts-ignore: decorator
@inline const WHOLE: u64 = 0x1_0000_0000;

/** What the host allows this memory to grow to. */
let allowed: u64 = WHOLE;

/** Let memory grow to at most so many bytes, from 0 to 2³². */
export function limit(bytes: f64): void {
  allowed = min(<u64>bytes, WHOLE);
}

/** The end of the last block. Never used memory lies above it and is still zero. */
let top: usize = 0;
/** The first free block of the first size, 0 when nothing is free. */
let free: usize = 0;

// @ts-ignore: decorator
@inline function roundUp(bytes: u64): u64 {
  return (bytes + (ALIGNMENT - 1)) & ~(<u64>ALIGNMENT - 1);
}

/** Grow memory to hold `end` bytes: by an eighth at least, to grow seldom, or by just enough near the limit. */
function ensure(end: u64): bool {
  const pages = <i32>memory.size();
  const missing = <i32>((end + 0xffff) >> 16) - pages, room = <i32>(allowed >> 16) - pages;
  if (missing <= 0) return true;
  if (missing > room) return false;
  return memory.grow(min(room, max(missing, pages >> 3))) >= 0 || memory.grow(missing) >= 0;
}

/** Take the first free block of exactly this capacity off its list; 0 when there is none. */
function reuse(capacity: usize): usize {
  // `link` is where the address of the current block stands: in `free` (0) or in the block of the size before.
  let link: usize = 0;
  let block = free;
  while (block && <usize>load<u32>(block - HEAD) != capacity) {
    link = block;
    block = load<u32>(block, 4);
  }
  if (!block) return 0;
  let successor: usize = load<u32>(block);
  if (successor) store<u32>(successor, load<u32>(block, 4), 4);
  else successor = load<u32>(block, 4);
  if (link) store<u32>(link, <u32>successor, 4);
  else free = successor;
  return block;
}

/** A block of exactly this capacity above all others; 0 when memory cannot grow that far. Its bytes are zero. */
function append(capacity: usize): usize {
  const start = roundUp(<u64>max(top, __heap_base) + HEAD), end = start + capacity;
  // The last bytes stay unused: vectors may be read beyond the end of an array.
  if (end + HEAD > WHOLE || !ensure(end + HEAD)) return 0;
  top = <usize>end;
  return <usize>start;
}

/** Merge free blocks that lie side by side; what is free at the top is no block any more. */
function merge(): void {
  free = 0;
  let block = <usize>roundUp(<u64>__heap_base + HEAD);
  while (block < top) {
    let next = block + load<u32>(block - HEAD) + HEAD;
    if (load<u32>(block - HEAD, 4) == FREE) {
      while (next < top && load<u32>(next - HEAD, 4) == FREE) next += load<u32>(next - HEAD) + HEAD;
      const capacity = next - HEAD - block;
      if (next > top) {
        memory.fill(block - HEAD, 0, capacity + HEAD);
        top = block - HEAD;
      } else {
        store<u32>(block - HEAD, <u32>capacity);
        store<u32>(block - HEAD, IN_USE, 4);
        release(block);
      }
    }
    block = next;
  }
}

/** A block of exactly this capacity, cut off the smallest free one that is larger; 0 when there is none. */
function split(capacity: usize): usize {
  let whole: usize = 0;
  for (let block = free; block; block = load<u32>(block, 4)) {
    const size = <usize>load<u32>(block - HEAD);
    if (size > capacity && (!whole || size < whole)) whole = size;
  }
  if (!whole) return 0;
  const block = reuse(whole), rest = block + capacity + HEAD;
  store<u32>(rest - HEAD, <u32>(whole - capacity - HEAD));
  store<u32>(rest - HEAD, IN_USE, 4);
  release(rest);
  return block;
}

/**
 * A zero-filled block of at least `bytes` bytes, aligned to 256; 0 when memory cannot grow that far.
 * Memory may grow, which detaches every view that the host holds.
 */
export function allocate(bytes: usize): usize {
  const rounded = roundUp(<u64>max(bytes, 1) + HEAD) - HEAD;
  if (rounded > WHOLE) return 0;
  const capacity = <usize>rounded;
  let block = reuse(capacity);
  let isZero = false;
  if (!block) {
    block = append(capacity);
    isZero = block != 0;
  }
  if (!block) {
    merge();
    block = reuse(capacity) || split(capacity);
  }
  if (!block) {
    block = append(capacity);
    isZero = true;
  }
  if (!block) return 0;
  if (!isZero) memory.fill(block, 0, capacity);
  store<u32>(block - HEAD, <u32>capacity);
  store<u32>(block - HEAD, IN_USE, 4);
  return block;
}

/** Give a block back. 0 is ignored; anything else that `allocate` did not give, or a second release, traps. */
export function release(pointer: usize): void {
  if (!pointer) return;
  if (pointer % ALIGNMENT || load<u32>(pointer - HEAD, 4) != IN_USE) unreachable();
  store<u32>(pointer - HEAD, FREE, 4);
  const capacity = load<u32>(pointer - HEAD);
  let block = free;
  while (block && load<u32>(block - HEAD) != capacity) block = load<u32>(block, 4);
  if (block) {
    // Second on the list of its size: nothing that points to the first has to change.
    store<u32>(pointer, load<u32>(block));
    store<u32>(block, <u32>pointer);
  } else {
    store<u32>(pointer, 0);
    store<u32>(pointer, <u32>free, 4);
    free = pointer;
  }
}

let scratchPointer: usize = 0;
let stagingPointer: usize = 0;

/** The block itself while it is large enough; otherwise one at least twice as large in its place, or 0. */
function enlarge(pointer: usize, bytes: usize): usize {
  const capacity: usize = pointer ? load<u32>(pointer - HEAD) : 0;
  if (pointer && bytes <= capacity) return pointer;
  let larger = bytes < 2 * capacity ? allocate(2 * capacity) : 0;
  if (!larger) larger = allocate(bytes);
  if (larger) release(pointer);
  return larger;
}

/**
 * Working memory that all models share, of at least `bytes` bytes and any content; 0 when memory cannot grow.
 * Valid until a call asks for more: ask again at the start of each operation.
 */
export function scratch(bytes: usize): usize {
  const block = enlarge(scratchPointer, bytes);
  if (block) scratchPointer = block;
  return block;
}

/** Where the host puts rows and finds results; same terms as `scratch`. */
export function staging(bytes: usize): usize {
  const block = enlarge(stagingPointer, bytes);
  if (block) stagingPointer = block;
  return block;
}
